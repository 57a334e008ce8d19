/* Keyboard shortcuts. Uses one(), all() of toonbank.js, and everything.js. Can be switched off; no key changes data. */
'use strict';

let afterG = 0;

document.addEventListener('keydown', event => {
  if ((event.ctrlKey || event.metaKey) && event.key === 'k') { event.preventDefault(); searchEverything(); return; }
  const typesSign = event.getModifierState('AltGraph');  // as [ on a German keyboard, which says that Ctrl and Alt are down
  if (!shortcutsOn() || event.metaKey || (event.ctrlKey || event.altKey) && !typesSign) return;
  if (one('dialog[open]') || event.target.closest('input:not([type=checkbox]), select, textarea, [contenteditable]')) return;
  const done = Date.now() - afterG < 1200 ? go(event.key) : shortcut(event.key);
  afterG = event.key === 'g' ? Date.now() : 0;
  if (done) event.preventDefault();
});

function shortcutsOn() {
  return localStorage.getItem('shortcuts') !== 'off';
}

const go = letter => press(one(`a[data-go="${CSS.escape(letter)}"]`));
const press = element => element ? (element.click(), true) : false;

function shortcut(key) {
  switch (key) {
    case '/': return searchEverything();
    case 'j': return moveRow(1) || press(one('.neighbours a[rel=next]'));
    case 'k': return moveRow(-1) || press(one('.neighbours a[rel=prev]'));
    case 'x': return press(one('[data-tick]', document.activeElement.closest('tr') || document.createElement('i')));
    case 'v': return press(one('a[data-look]', document.activeElement.closest('tr') || document.createElement('i')));
    case '[': return press(one('a[rel=prev]'));
    case ']': return press(one('a[rel=next]'));
    case '?': return one('#shortcuts').showModal(), true;
  }
  return false;
}

function moveRow(step) {
  const rows = all('tr[data-href]'), here = rows.indexOf(document.activeElement.closest('tr'));
  const row = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step];
  row && one('a', row)?.focus();
  row?.scrollIntoView({block: 'nearest'});
  return Boolean(row);
}

const switchBox = one('#shortcuts-on');
if (switchBox) {
  switchBox.checked = shortcutsOn();
  switchBox.addEventListener('change', () => localStorage.setItem('shortcuts', switchBox.checked ? 'on' : 'off'));
}
