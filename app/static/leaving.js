/* What was typed is not lost by a slip: leaving a form with typed text asks first, in a pop-up and on a page. */
'use strict';

const COUNTS = 'input:not([type=hidden], [type=checkbox], [type=radio], [type=search], [type=submit]), select, textarea';

function isChanged(control) {
  if (!control.name || control.disabled) return false;
  if (control.type === 'file') return control.files.length > 0;
  if (control.options) return [...control.options].some(option => option.selected !== option.defaultSelected) && control.value !== firstChoice(control);
  return control.value !== control.defaultValue;
}

/* A list of choices of which none is marked starts with its first one. */
const firstChoice = select => ([...select.options].find(option => option.defaultSelected) || select.options[0])?.value;

/* A form that came back with mistakes has what was typed as what it starts with. */
function isTyped(form) {
  return form.getAttribute('method') === 'post'
    && ('typed' in form.dataset || Boolean(one('[aria-invalid=true]', form)) || all(COUNTS, form).some(isChanged));
}

const typedForms = root => all('form', root).filter(form => !form.dataset.sent && isTyped(form));

/* ---- pop-ups: Escape, a click beside, X and Cancel ---- */

function leave(dialog) {
  if (typedForms(dialog).length) ask(() => dialog.close());
  else dialog.close();
}

function ask(then) {
  const question = one('#leaving');
  if (question.open) return;
  one('[data-discard]', question).onclick = () => { question.close(); then(); };
  question.showModal();
}

document.addEventListener('cancel', event => {
  const dialog = event.target;
  if (!dialog.matches?.('dialog') || dialog.id === 'leaving' || !typedForms(dialog).length) return;
  event.preventDefault();
  ask(() => dialog.close());
}, true);

document.addEventListener('click', event => {
  const button = event.target.closest('dialog button[command=close]'), dialog = button?.closest('dialog');
  if (!dialog || dialog.id === 'leaving' || !typedForms(dialog).length) return;
  event.preventDefault();
  ask(() => dialog.close());
}, true);

/* ---- a form that is sent and comes back, with a row more or with mistakes, still holds what was typed ---- */

let isTypedAndSent = false;

addEventListener('submit', event => { isTypedAndSent = isTyped(event.target); }, true);
document.addEventListener('click', event => { if (event.target.closest('a[data-dialog]')) isTypedAndSent = false; }, true);

document.addEventListener('htmx:afterSwap', ({detail: {target}}) => {
  if (target.id === 'dialog-body' && isTypedAndSent) all('form[method=post]', target).slice(0, 1).forEach(form => { form.dataset.typed = ''; });
});

/* ---- pages: the browser asks ---- */

addEventListener('beforeunload', event => {
  const sent = one('form[data-sent]');
  if (!sent && typedForms(document).length) event.preventDefault();
});
