/* What pages do with script: dialogs, ticking rows, shortcuts, toasts, busy buttons. Without it everything still works
   as plain links and forms. No key changes data. */
'use strict';

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

/* ---- dialogs: a link with data-dialog opens its page in the shared <dialog> ---- */

let opener = null;

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-dialog]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  opener = link;
  htmx.ajax('GET', link.href, {source: link, target: '#dialog-body', swap: 'innerHTML', select: 'unset'})
    .catch(() => location.assign(link.href));
});

document.addEventListener('click', event => {
  const dialog = event.target.closest('dialog');
  if (dialog && event.target.closest('[data-close]')) { event.preventDefault(); leave(dialog); }
  if (event.target.matches('dialog[open]') && outside(event.target, event)) leave(event.target);
});

function outside(dialog, {clientX: x, clientY: y}) {
  const box = dialog.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

/* Browsers without the command attribute (before 2026) get it from here. */
if (!('command' in HTMLButtonElement.prototype)) {
  document.addEventListener('click', event => {
    const button = event.target.closest('button[command]');
    const dialog = button && document.getElementById(button.getAttribute('commandfor'));
    if (dialog) button.getAttribute('command') === 'close' ? dialog.close() : dialog.showModal();
  });
}

/* ---- a code that the customer doesn't know yet is told ---- */

document.addEventListener('input', ({target}) => {
  const tick = target.name === 'tracking_code' && one('[data-told]', target.form);
  if (tick) tick.checked = target.value.trim() !== '' && target.value.trim() !== tick.dataset.told;
});

/* ---- htmx: the whole main part is swapped, on the same addresses as without script ---- */

document.addEventListener('htmx:configRequest', event => {
  event.detail.headers['X-CSRFToken'] = one('meta[name=csrf-token]').content;
});

document.addEventListener('htmx:beforeSwap', event => {
  const {detail} = event;
  if (!detail.shouldSwap || detail.target.id !== 'dialog-body') return;  // an error: the pop-up stays, with what was typed in it
  const dialog = one('#dialog'), isLate = isOvertaken(detail.requestConfig.elt, dialog);
  if (detail.serverResponse.includes('id="main"')) {  // the form in it was accepted: the answer is a whole page
    if (!isLate) dialog.close();
    Object.assign(detail, {target: one('#main'), swapOverride: 'outerHTML show:none', selectOverride: '#main'});
  } else if (isLate) {
    detail.shouldSwap = false;
    if (detail.requestConfig.verb !== 'get') say('failed');
  }
});

/* An answer may come after its pop-up was closed and another opened: that one stays, with what was typed in it. */
function isOvertaken(asker, dialog) {
  if (asker.matches('a[data-dialog]') && !asker.closest('#dialog-body')) return asker !== opener;
  return dialog.open && !dialog.contains(asker);
}

document.addEventListener('htmx:beforeHistoryUpdate', ({detail: {history, target}}) => {
  if (target.id === 'dialog-body') history.path = location.href;  // a form with mistakes is still on this page
  if (new URL(history.path, location).href === location.href) history.type = 'replace';
});

document.addEventListener('htmx:afterSwap', ({detail: {target}}) => {
  if (target.id === 'dialog-body' && one('#dialog-body').children.length) {
    const dialog = one('#dialog');
    if (!dialog.open) dialog.showModal();
    (one('[aria-invalid=true], [autofocus]', dialog) || one('.dialog-content :is(input:not([type=hidden]), select, textarea)', dialog))?.focus();
  }
});

/* What was typed before htmx listened to the field is searched for, too. */
document.addEventListener('htmx:afterSettle', ({detail: {target}}) => {
  if (!['dialog-body', 'main'].includes(target.id)) return;
  all('input[type=search]', document.getElementById(target.id)).filter(field => field.value !== field.defaultValue).forEach(field => htmx.trigger(field, 'typed'));
});

document.addEventListener('htmx:afterSettle', () => {
  refreshTicks();
  showToasts();
  showCopyButtons();
  showTab();
  if (!document.activeElement || document.activeElement === document.body) one('#main')?.focus({preventScroll: true});
});

document.addEventListener('htmx:responseError', ({detail: {xhr, elt}}) => renewTokens(xhr, elt) || say({yes: 'saved', unknown: 'inDoubt'}[xhr.getResponseHeader('X-Saved')] || {401: 'signedOut', 403: 'refused', 503: 'notNow'}[xhr.status] || 'failed'));
/* Who signed in again, in another tab: the form gets that session's tokens, and is sent once more, if it was sent and did
   not merely look something up. */
function renewTokens(xhr, elt) {
  const csrf = xhr.getResponseHeader('X-CSRF-Token'), form = elt.closest?.('form'), again = form?.dataset.again;
  if (form) delete form.dataset.again;
  if (!csrf || !form || again) return false;
  one('meta[name=csrf-token]').content = csrf;
  all('input[name=csrf_token]').forEach(field => { field.value = csrf; });
  one('input[name=form_token]', form).value = xhr.getResponseHeader('X-Form-Token');
  if (elt !== form) return true;
  form.dataset.again = '1';
  setTimeout(() => { free(form); form.requestSubmit(pressed.get(form)); });
  return true;
}

document.addEventListener('htmx:sendError', () => say('offline'));

one('#dialog')?.addEventListener('close', () => {
  one('#dialog-body').replaceChildren();
  opener?.isConnected && opener.focus();
});

/* ---- busy: a form is sent once; its buttons are dead before htmx or anything else hears of the press ---- */

addEventListener('submit', event => {
  const form = event.target, button = event.submitter;
  if (form.dataset.sent) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  if (form.getAttribute('method') !== 'post' || (button?.formTarget || form.target) === '_blank') return;
  form.dataset.sent = '1';
  pressed.set(form, button);
  button?.setAttribute('aria-busy', 'true');
  buttonsOf(form).forEach(one => one.setAttribute('aria-disabled', 'true'));  // disabled itself would not be sent
  setTimeout(() => free(form), 8000);
}, true);

const pressed = new WeakMap();  // form -> the button that sent it
const buttonsOf = form => [...form.elements].filter(control => control.type === 'submit');

function free(form) {
  delete form.dataset.sent;
  buttonsOf(form).forEach(button => { button.removeAttribute('aria-busy'); button.removeAttribute('aria-disabled'); });
}

document.addEventListener('htmx:afterRequest', event => {
  const elt = event.detail.elt;
  if (elt.matches?.('form, [type=submit]')) free(elt.closest('form'));
});
addEventListener('pageshow', () => all('form[data-sent]').forEach(free));

/* ---- ticked rows ---- */

const ticks = () => all('[data-tick]');
let lastTick = null;

document.addEventListener('change', event => {
  if (event.target.matches('[data-tick-all]')) ticks().forEach(tick => { tick.checked = event.target.checked; });
  if (event.target.matches('[data-tick], [data-tick-all]')) refreshTicks();
});

document.addEventListener('click', event => {
  if (!event.target.matches('[data-tick]')) return;
  if (event.shiftKey && lastTick) tickRange(lastTick, event.target);
  lastTick = event.target;
  refreshTicks();
});

function tickRange(from, to) {
  const boxes = ticks(), [start, end] = [boxes.indexOf(from), boxes.indexOf(to)].sort((a, b) => a - b);
  boxes.slice(start, end + 1).forEach(tick => { tick.checked = to.checked; });
}

function refreshTicks() {
  const ticked = ticks().filter(tick => tick.checked).length, whole = one('[data-tick-all]'), count = one('[data-tick-count]');
  if (count) count.textContent = `${ticked} ${count.dataset.word || (count.dataset.word = count.textContent.toLowerCase())}`;
  if (one('[data-tick-sum]')) one('[data-tick-sum]').textContent = sumTicked();
  if (!whole) return;
  whole.checked = ticked > 0 && ticked === ticks().length;
  whole.indeterminate = ticked > 0 && !whole.checked;
}

/* What the ticked rows come to: " · €67.75", or more than one such where there are several currencies. */
function sumTicked() {
  const sums = new Map(), money = currency => new Intl.NumberFormat(document.documentElement.lang, {style: 'currency', currency});
  for (const cell of all('tr:has([data-tick]:checked) [data-sum]')) {
    const [total, currency] = cell.dataset.sum.split(' ');
    sums.set(currency, (sums.get(currency) || 0) + Math.round(total * 1e4));
  }
  return [...sums].map(([currency, sum]) => ` · ${money(currency).format(sum / 1e4)}`).join('');
}

/* ---- rows open with a click anywhere ---- */

function openRow(event) {
  const row = event.target.closest('tr[data-href]');
  if (!row || event.target.closest('a, button, input, select, textarea, label, summary, dialog, [popover]')) return;
  if (String(getSelection())) return;
  if (event.button === 1 || event.ctrlKey || event.metaKey) open(row.dataset.href, '_blank', 'noopener');
  else if (event.button === 0) location.assign(row.dataset.href);
}
document.addEventListener('click', openRow);
document.addEventListener('auxclick', event => event.button === 1 && openRow(event));

/* ---- menus close when the click or the focus goes elsewhere ---- */

document.addEventListener('click', event => all('details.menu[open]').forEach(menu => {
  if (!menu.contains(event.target)) menu.open = false;
}));
document.addEventListener('keydown', event => {
  const menu = event.key === 'Escape' && event.target.closest?.('details.menu[open]');
  if (menu) { menu.open = false; one('summary', menu).focus(); }
});

/* ---- tabs that scroll on a phone: the one that is open is in sight ---- */

const showTab = () => all('.tabs [aria-current]').forEach(tab => {
  const list = tab.closest('ul');
  list.scrollLeft = tab.offsetLeft - list.offsetLeft - 16;
});

/* ---- why a grey button can't be used now: opened by the keyboard's focus too, closed when it goes on ---- */

const bubbleOf = target => target.matches?.('[aria-disabled][popovertarget]') && document.getElementById(target.getAttribute('popovertarget'));
document.addEventListener('focusin', ({target}) => {
  const bubble = target.matches?.(':focus-visible') && bubbleOf(target);
  if (bubble && !bubble.matches(':popover-open')) bubble.showPopover({source: target});
});
document.addEventListener('focusout', ({target}) => bubbleOf(target)?.hidePopover?.());

/* ---- toasts: said once, then gone; the history keeps everything ---- */

function showToasts() {
  all('.messages [data-toast]').forEach(message => {
    one('#toasts').append(message);
    const seconds = Math.max(Number(message.dataset.stays || 0), one('form, a', message) ? 15 : 6);  // Undo stays while its mail waits
    setTimeout(() => message.matches(':hover, :focus-within') || message.remove(), seconds * 1000);
  });
}

/* The sentences stand in the page, in the reader's language. */
function say(what) {
  const banner = document.createElement('div');
  Object.assign(banner, {className: 'banner banner-danger', role: 'alert', textContent: one('#toasts').dataset[what]});
  if (what === 'signedOut') banner.append(' ', signInLink());
  (one('dialog[open] .dialog-content') || one('.messages')).prepend(banner);
  banner.scrollIntoView({block: 'nearest'});
}

/* In a window of its own: what was typed here stays, and can be sent afterwards. */
function signInLink() {
  const {signIn, signInText} = one('#toasts').dataset;
  return Object.assign(document.createElement('a'), {href: signIn, target: '_blank', textContent: signInText});
}

/* ---- a value is copied; where the browser forbids that, it is selected ---- */

document.addEventListener('click', async event => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  const input = document.getElementById(button.dataset.copy);
  input.select();
  try { await navigator.clipboard.writeText(input.value); } catch { if (!document.execCommand('copy')) return; }
  one('span', button).textContent = button.dataset.done;
});

const showCopyButtons = () => all('button[data-copy]').forEach(button => { button.hidden = false; });

/* ---- light and dark without a page load ---- */

document.addEventListener('click', event => {
  const button = event.target.closest('button[name=theme]');
  if (!button) return;
  event.preventDefault();
  const {prefix} = button.parentElement.dataset;
  document.cookie = `${prefix}theme=${button.value}; path=/; max-age=31536000; samesite=lax${prefix && '; secure'}`;
  if (button.value === 'auto') delete document.documentElement.dataset.bsTheme;
  else document.documentElement.dataset.bsTheme = button.value;
  all('button[name=theme]').forEach(other => other.setAttribute('aria-pressed', String(other === button)));
});

refreshTicks();
showToasts();
showCopyButtons();
showTab();
