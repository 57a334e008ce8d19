/* One value of a row is changed in the list: Enter saves it, Esc leaves it, Tab saves it and goes on to the next row.
   Uses one(), all() and say() of toonbank.js. Without script the row's page does the same. */
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
  const button = one('.cell-edit', cell), row = cell.closest('tr'), word = cell.closest('table').dataset.word;
  const name = `${cell.dataset.label}: ${button.textContent.trim() || '–'}`;
  button.setAttribute('aria-label', `${word} ${name} (${one('.cell-first', row).textContent.trim()})`);
  button.classList.toggle('is-empty', !button.textContent.trim() && !one('svg', button));
}

document.addEventListener('click', ({target}) => {
  const cell = target.closest('.cell-edit')?.closest('td');
  if (!cell) return;
  if ('ticks' in cell.dataset) saveCell(cell, cell.dataset.value ? '' : '1');
  else editCell(cell);
});

function editCell(cell) {
  const button = one('.cell-edit', cell), field = Object.assign(document.createElement('input'), {className: 'form-control cell-field', value: cell.dataset.value, autocomplete: 'off'});
  if (cell.matches('.num')) field.inputMode = 'decimal';
  field.setAttribute('aria-label', button.getAttribute('aria-label'));
  button.hidden = true;
  cell.append(field);
  field.select();
  field.addEventListener('keydown', event => keyInCell(event, cell));
  field.addEventListener('blur', () => 'left' in field.dataset || saveCell(cell, field.value));
}

function keyInCell(event, cell) {
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
  const {edit} = cell.dataset, {id, version} = cell.closest('tr').dataset;
  const body = new URLSearchParams({id, field: edit, seen_version: version, ...value || !('ticks' in cell.dataset) ? {[edit]: value} : {}});
  const headers = {'X-CSRFToken': one('meta[name=csrf-token]').content, 'HX-Request': 'true'};
  return fetch(cell.closest('table').dataset.edits, {method: 'POST', body, headers, keepalive: true});  // also of a page that is left
}

async function tellCell(cell, answer) {
  if (![200, 409, 422].includes(answer.status)) return say({401: 'signedOut', 403: 'refused', 503: 'notNow'}[answer.status] || 'failed'), false;
  const {version, error, value, shown} = await answer.json();
  cell.closest('tr').dataset.version = version;
  if (error) return showCellError(cell, error), false;
  cell.dataset.value = value;
  one('.cell-edit', cell).replaceChildren(...new DOMParser().parseFromString(shown, 'text/html').body.childNodes);
  leaveCell(cell);
  nameEdit(cell);
  return true;
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
