/* One value of a row is changed in the list: Enter saves it, Esc leaves it, Tab saves it and goes on to the next row.
   Where people write several lines, Shift+Enter begins another. What is chosen with the mouse is saved at once.
   What was changed is said, with Undo.
   Uses one(), all(), say() and showToasts() of toonbank.js. Without script the row's page does the same. */
'use strict';

function offerEdits() {
  all('[data-edits] td[data-edit]').filter(cell => !one('.cell-edit', cell)).forEach(cell => {
    const button = Object.assign(document.createElement('button'), {type: 'button', className: 'cell-edit'});
    button.append(...cell.childNodes);
    cell.append(button);
    nameEdit(cell);
  });
}

function nameEdit(cell) {
  const button = one('.cell-edit', cell), row = cell.closest('tr'), {label, named = label} = cell.dataset;
  const word = cell.dataset.word || `${cell.closest('table').dataset.word} ${named}`;
  button.setAttribute('aria-label', `${word}: ${button.textContent.trim() || '–'} (${one('.cell-first', row).textContent.trim()})`);
  button.classList.toggle('is-empty', !button.textContent.trim() && !one('svg', button));
}

document.addEventListener('click', ({target}) => {
  const cell = target.closest('.cell-edit')?.closest('td');
  if (!cell) return;
  if ('ticks' in cell.dataset) saveCell(cell, cell.dataset.value ? '' : '1');
  else editCell(cell);
});

function editCell(cell) {
  const button = one('.cell-edit', cell), choices = one(`template[data-choices="${cell.dataset.edit}"]`);
  const field = choices ? makeChoice(cell, choices) : Object.assign(document.createElement('lines' in cell.dataset ? 'textarea' : 'input'), {value: cell.dataset.value, autocomplete: 'off'});
  field.classList.add(choices ? 'form-select' : 'form-control', 'cell-field');
  if (cell.matches('.num')) field.inputMode = 'decimal';
  field.setAttribute('aria-label', button.getAttribute('aria-label'));
  button.hidden = true;
  cell.append(field);
  field.focus();
  field.select?.();
  field.addEventListener('keydown', event => keyInCell(event, cell));
  field.addEventListener('blur', () => 'left' in field.dataset || saveCell(cell, field.value));
}

/* What the row has stays to be chosen, also when it is offered no more. The arrow keys only go through the choices. */
function makeChoice(cell, choices) {
  const field = document.createElement('select');
  let byKey = false;
  field.append(choices.content.cloneNode(true));
  if (![...field.options].some(({value}) => value === cell.dataset.value)) field.add(new Option(one('.cell-edit', cell).textContent.trim(), cell.dataset.value));
  field.value = cell.dataset.value;
  field.addEventListener('keydown', ({key}) => { byKey = key !== 'Enter'; });
  field.addEventListener('pointerdown', () => { byKey = false; });
  field.addEventListener('change', () => byKey || saveCell(cell, field.value));
  return field;
}

function keyInCell(event, cell) {
  if (event.key === 'Enter' && event.shiftKey && event.target.matches('textarea')) return;
  const {key, target: {value}} = event, beside = key === 'Tab' && cellBeside(cell, event.shiftKey ? -1 : 1);
  if (key !== 'Enter' && key !== 'Escape' && !beside) return;
  event.preventDefault();
  event.stopPropagation();
  if (key === 'Escape') leaveCell(cell);
  else saveCell(cell, value).then(saved => saved && beside && editCell(beside));
}

function cellBeside(cell, step) {
  const column = all(`td[data-edit=${cell.dataset.edit}]`, cell.closest('table'));
  return column[column.indexOf(cell) + step];
}

function leaveCell(cell) {
  const field = one('.cell-field', cell), button = one('.cell-edit', cell), had = field === document.activeElement;
  one('.cell-error', cell)?.remove();
  if (field) field.dataset.left = '';  // Chromium takes the focus from what is removed while it is still there
  field?.remove();
  button.hidden = false;
  if (had) button.focus();
}

/* Whether it is saved. What is wrong stands beside it, and what was typed stays. */
async function saveCell(cell, value) {
  if (cell.dataset.saving) return false;
  if (value === cell.dataset.value) return leaveCell(cell), true;
  cell.dataset.saving = '1';
  try {
    return await tellCell(cell, await sendCell(cell, value));
  } catch {
    say('offline');
    return false;
  } finally {
    delete cell.dataset.saving;
  }
}

function sendCell(cell, value) {
  const row = cell.closest('tr').dataset, {id} = row, {edit, version = row.version} = cell.dataset;
  const body = new URLSearchParams({id, field: edit, seen_version: version, url: location.pathname + location.search, ...value || !('ticks' in cell.dataset) ? {[edit]: value} : {}});
  const headers = {'X-CSRFToken': one('meta[name=csrf-token]').content, 'HX-Request': 'true'};
  return fetch(cell.closest('table').dataset.edits, {method: 'POST', body, headers, keepalive: true});  // also of a page that is left
}

async function tellCell(cell, answer) {
  if (![200, 409, 422].includes(answer.status)) return say({401: 'signedOut', 403: 'refused', 503: 'notNow'}[answer.status] || 'failed'), false;
  const {version, error, value, shown, toast} = await answer.json();
  if (version !== undefined) ('version' in cell.dataset ? cell : cell.closest('tr')).dataset.version = version;
  if (shown !== undefined) {
    cell.dataset.value = value;
    one('.cell-edit', cell).replaceChildren(...new DOMParser().parseFromString(shown, 'text/html').body.childNodes);
    nameEdit(cell);
  }
  if (toast) sayInToast(toast);
  if (error) return showCellError(cell, error), false;
  leaveCell(cell);
  return true;
}

/* As the server has drawn and escaped it. Its Undo is a form like that of any other toast. */
function sayInToast(drawn) {
  one('.messages').append(...new DOMParser().parseFromString(drawn, 'text/html').body.children);
  showToasts();
  htmx.process(one('#toasts'));
}

/* Reloading or going back takes no focus from a field, so that nothing is saved by it. */
addEventListener('beforeunload', event => {
  const typed = all('.cell-field').map(field => [field, field.closest('td').dataset]);
  if (typed.some(([field, {value, saving}]) => !saving && field.value !== value)) event.preventDefault();
});

function showCellError(cell, error) {
  one('.cell-error', cell)?.remove();
  const said = Object.assign(document.createElement('div'), {className: 'cell-error', textContent: error});
  said.setAttribute('role', 'alert');
  cell.append(said);
  one('.cell-field', cell)?.setAttribute('aria-invalid', 'true');
}

document.addEventListener('htmx:afterSettle', offerEdits);
offerEdits();
