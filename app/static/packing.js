/* The packing table: what is scanned or tapped counts, what was fetched stays ticked. The browser alone keeps both.
   Uses one() and all() of toonbank.js. Without script the pages say what is to do, and the form sends. */
'use strict';

const readCounts = () => { try { return JSON.parse(sessionStorage.getItem('packed')) || {}; } catch { return {}; } };
const keptCount = key => Number(readCounts()[key]) || 0;
const keepCount = (key, value) => {
  try { sessionStorage.setItem('packed', JSON.stringify({...readCounts(), [key]: value})); } catch { /* full or forbidden: nothing is kept */ }
};

const wanted = piece => Number(piece.dataset.quantity);
const countKey = piece => `piece-${piece.dataset.piece}-${piece.closest('[data-parcel]').dataset.revision}`;
const counted = piece => Math.min(keptCount(countKey(piece)), wanted(piece));

let shownParcel;

function showPacking() {
  const parcel = one('[data-parcel]');
  if (parcel && one('[data-scan]', parcel)) {
    all('[data-scan], [data-add]', parcel).forEach(part => { part.hidden = false; });
    all('[data-piece]', parcel).forEach(showPiece);
    if (parcel.dataset.parcel !== shownParcel) one('#code').focus({preventScroll: true});
  }
  shownParcel = parcel?.dataset.parcel;
  all('[data-picked]').forEach(tick => { tick.checked = linesOf(tick.dataset.picked).every(line => keptCount(`picked-${line}`)); });
  showPicked();
}

function showPiece(piece) {
  const count = counted(piece), isIn = count >= wanted(piece);
  one('[data-count]', piece).textContent = `${count.toLocaleString(document.documentElement.lang)} / `;
  piece.classList.toggle('is-in', isIn);
  one('[data-add]', piece).setAttribute('aria-pressed', isIn);
}

/* One more of it; a second tap on what is all in takes it out again. */
function addPiece(piece, count) {
  keepCount(countKey(piece), count);
  showPiece(piece);
  const parcel = piece.closest('[data-parcel]'), isDone = all('[data-piece]', parcel).every(each => counted(each) >= wanted(each));
  one('[data-scanned]', parcel).textContent = isDone ? parcel.dataset.all : '';
  if (isDone) one('input[name=tracking_code], .sent-form button', parcel)?.focus();
}

document.addEventListener('click', ({target}) => {
  const piece = target.closest('[data-add]')?.closest('[data-piece]');
  if (piece) addPiece(piece, counted(piece) >= wanted(piece) ? 0 : Math.min(counted(piece) + 1, wanted(piece)));
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Enter' || event.target.id !== 'code') return;
  event.preventDefault();
  const code = event.target.value.trim(), parcel = one('[data-parcel]');
  event.target.value = '';
  if (!code) return;
  const pieces = all('[data-piece]', parcel).filter(piece => piece.dataset.sku.toLowerCase() === code.toLowerCase());
  const open = pieces.find(piece => counted(piece) < wanted(piece));
  if (open) addPiece(open, Math.min(counted(open) + 1, wanted(open)));
  else one('[data-scanned]', parcel).textContent = (pieces.length ? parcel.dataset.tooMany : parcel.dataset.unknown).replace('{code}', code);
  one('[data-scanned]', parcel).classList.toggle('is-wrong', !open);
});

/* ---- the pick list ---- */

const linesOf = text => text.split(' ').filter(Boolean);

document.addEventListener('change', ({target}) => {
  if (!target.matches('[data-picked]')) return;
  linesOf(target.dataset.picked).forEach(line => keepCount(`picked-${line}`, Number(target.checked)));
  showPicked();
});

/* Which parcels have all of theirs. */
function showPicked() {
  all('[data-lines]').forEach(parcel => {
    one('[data-all-picked]', parcel).hidden = !linesOf(parcel.dataset.lines).every(line => keptCount(`picked-${line}`));
  });
}

document.addEventListener('htmx:afterSettle', showPacking);
showPacking();
