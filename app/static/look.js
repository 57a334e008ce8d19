/* A quick look at one row of a list after the other, in the dialog at its side. The row's link opens it, as any pop-up;
   Esc gives the focus back to the row that was looked at last. Uses one(), all(), press() and opener of toonbank.js. */
'use strict';

const lookBeside = step => {
  const links = all('a[data-look]'), at = links.indexOf(opener);
  return at < 0 ? undefined : links[at + step];
};

function lookOn(step) {
  const link = lookBeside(step);
  link?.scrollIntoView({block: 'nearest'});
  return press(link);
}

document.addEventListener('click', ({target}) => {
  const button = target.closest('[data-look-step]');
  if (button) lookOn(Number(button.dataset.lookStep));
});

document.addEventListener('keydown', event => {
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !one('#dialog[open] .look')) return;
  if (lookOn(document.dir === 'rtl' ? -step : step)) event.preventDefault();
});

/* Only beside a list there is a next one. */
document.addEventListener('htmx:afterSwap', ({detail: {target}}) => {
  if (target.id !== 'dialog-body') return;
  all('[data-look-step]', target).forEach(button => {
    button.hidden = !opener?.matches('a[data-look]');
    button.disabled = !lookBeside(Number(button.dataset.lookStep));
  });
});
