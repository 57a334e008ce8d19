/* What somebody types while an answer is on its way is put into the page that comes with it, in the same field of the
   same form; where that field is gone, the text is shown until it was copied. Nothing of it is kept anywhere but on the
   page. Uses one(), all() of toonbank.js and isChanged(), isTyped() of leaving.js. */
'use strict';

const TYPED_INTO = 'input:not([type=hidden], [type=submit], [type=button]), select, textarea';
const isTick = ({type}) => type === 'checkbox' || type === 'radio';

function stateOf(control) {
  if (isTick(control)) return String(control.checked);
  if (control.type === 'file') return [...control.files].map(file => file.name).join('/');
  return control.options ? [...control.selectedOptions].map(option => option.value).join('\n') : control.value;
}

/* ---- what stood in the fields, and where the cursor was, when it was asked ---- */

const asked = new WeakMap();  // what htmx knows of a request -> the states of then

document.addEventListener('htmx:configRequest', ({detail}) => {
  asked.set(detail, {focus: document.activeElement, states: new Map(all(TYPED_INTO).map(control => [control, stateOf(control)]))});
});

function isTypedSince(control, {states}) {
  if (states.has(control)) return states.get(control) !== stateOf(control);
  return isTick(control) ? control.checked !== control.defaultChecked : isChanged(control);
}

/* Another form of the page than the one that is sent loses nothing, whenever it was typed. */
const isOfAnotherForm = control => control.form?.closest('#main') && !control.form.dataset.sent && control.matches(COUNTS) && isTyped(control.form) && isChanged(control);

/* ---- by what the same field is found again ---- */

function placeOf(control) {
  const {form, name, id} = control;
  return {action: form ? form.getAttribute('action') : null, hasForm: Boolean(form), name, id, number: sameNamed(control, form || document).indexOf(control)};
}

const sameNamed = ({name, type, value, id}, root) => all(TYPED_INTO, root).filter(other => name
  ? other.name === name && (!isTick(other) || other.type === type && other.value === value) : id && other.id === id);

function findAgain({place, control}, root) {
  const roots = place.hasForm ? all('form', root).filter(form => form.getAttribute('action') === place.action) : [root];
  const found = roots.map(each => sameNamed(control, each)[place.number]).find(Boolean);
  return found && !found.disabled && !found.readOnly ? found : undefined;
}

/* ---- before the swap, and after it ---- */

let typedLate = [], focusedLate = null;

document.addEventListener('htmx:beforeSwap', ({detail: {target, shouldSwap, requestConfig}}) => {
  [typedLate, focusedLate] = [[], null];
  const then = asked.get(requestConfig);
  if (!shouldSwap || !then) return;
  const dialog = one('#dialog'), roots = [target, ...dialog.open ? [] : [one('#dialog-body')]];
  const controls = [...new Set(roots.flatMap(root => all(TYPED_INTO, root)))];
  typedLate = controls.filter(control => isTypedSince(control, then) || target.id === 'main' && isOfAnotherForm(control)).map(control => keep(control));
  const here = document.activeElement;
  if (controls.includes(here) && (here !== then.focus || typedLate.some(({control}) => control === here))) focusedLate = keep(here);
});

const keep = control => ({control, place: placeOf(control), isLeft: !control.closest('#main, dialog[open]')});

document.addEventListener('htmx:afterSwap', ({detail: {target}}) => {
  const root = document.getElementById(target.id) || document, late = typedLate.splice(0), focused = focusedLate;
  focusedLate = null;
  late.forEach(kept => {
    const control = kept.isLeft ? undefined : findAgain(kept, root);
    if (control) putInto(control, kept.control);
    else hold(kept.control);
  });
  const control = focused && !focused.isLeft && findAgain(focused, root);
  if (control) focusAs(control, focused.control);
});

function putInto(control, typed) {
  if (isTick(typed)) control.checked = typed.checked;
  else if (typed.type === 'file') control.files = typed.files;
  else if (typed.options) [...control.options].forEach(option => { option.selected = [...typed.selectedOptions].some(({value}) => value === option.value); });
  else control.value = typed.value;
}

function focusAs(control, typed) {
  control.focus({preventScroll: true});
  try { control.setSelectionRange(typed.selectionStart, typed.selectionEnd); } catch { /* a number or a choice has no cursor */ }
}

/* ---- a text whose field is gone ---- */

let heldCount = 0;

function hold(control) {
  if (isTick(control) || control.options || ['file', 'password'].includes(control.type) || !control.value.trim()) return;
  const held = one('#held').content.firstElementChild.cloneNode(true), text = one('textarea', held), copy = one('[data-copy]', held);
  text.id = copy.dataset.copy = `held-${++heldCount}`;
  text.value = control.value;
  copy.hidden = false;
  one('#toasts').append(held);
}

document.addEventListener('click', ({target}) => target.closest('[data-let-go]')?.closest('[data-held]').remove());
addEventListener('beforeunload', event => { if (one('[data-held]') && !one('form[data-sent]')) event.preventDefault(); });
