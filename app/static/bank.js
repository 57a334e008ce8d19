/* The lines of bank statements by keyboard: arrows go from one to the next, Enter presses its first button by itself. */
'use strict';

document.addEventListener('keydown', event => {
  if (!one('[data-bank-line]') || event.ctrlKey || event.metaKey || event.altKey || one('dialog[open]')) return;
  if (event.target.closest('input, select, textarea')) return;
  const lines = all('[data-bank-line]'), here = lines.indexOf(document.activeElement.closest('[data-bank-line]'));
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (step) {
    const line = lines[here < 0 ? 0 : here + step];
    line && one('button, summary', line)?.focus();
    line?.scrollIntoView({block: 'nearest'});
    event.preventDefault();
  } else if (here >= 0 && event.key === 's') {
    one('[data-set-aside] button', lines[here])?.click();
  } else if (here >= 0 && event.key === 'o') {
    const other = one('details', lines[here]);
    if (other) { other.open = true; one('input:not([type=hidden])', other).focus(); event.preventDefault(); }
  }
});
