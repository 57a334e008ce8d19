/* What forms do with script: search-as-you-type for records, and rows of records inside a record. */
'use strict';

(() => {
  /* ---- search as you type: a hidden field of Flask-Admin's AjaxSelect becomes a combobox ---- */

  function makeLookup(field) {
    field.dataset.ready = '1';
    const many = field.dataset.multiple === '1', separator = field.dataset.separator || ',';
    const known = field.dataset.json ? JSON.parse(field.dataset.json) : [];
    const chosen = new Map((many ? known : known.length ? [known] : []).map(([id, text]) => [String(id), text]));

    const box = make('div', {className: 'lookup'});
    const input = make('input', {className: 'form-control', type: 'text', autocomplete: 'off', placeholder: field.dataset.placeholder || ''});
    const list = make('ul', {className: 'lookup-list', id: `${field.id}-choices`, hidden: true});
    const chips = make('ul', {className: 'chips'});
    input.id = `${field.id}-search`;
    setAttributes(input, {role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id});
    for (const name of ['aria-describedby', 'aria-invalid']) if (field.hasAttribute(name)) input.setAttribute(name, field.getAttribute(name));
    setAttributes(list, {role: 'listbox', 'aria-label': input.placeholder});
    const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
    if (label) label.htmlFor = input.id;
    field.before(box);
    box.append(input, list, ...(many ? [chips] : []), field);

    let timer = 0, asked = 0;
    input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(ask, 150); });
    input.addEventListener('blur', () => setTimeout(settle, 150));
    input.addEventListener('keydown', onKey);
    show();

    async function ask() {
      const query = input.value.trim(), turn = ++asked;
      if (!query) { if (!many && field.dataset.allowBlank) choose(null); close(); return; }
      const url = new URL(field.dataset.url, location);
      url.searchParams.set('query', query);
      const answer = await fetch(url, {headers: {Accept: 'application/json'}});
      if (turn !== asked || !answer.ok) return;
      const found = await answer.json();
      list.replaceChildren(...found.map(([id, text], position) => option(String(id), text, position)));
      open(found.length > 0);
    }

    function option(id, text, position) {
      const item = make('li', {id: `${list.id}-${position}`, textContent: text});
      setAttributes(item, {role: 'option', 'aria-selected': 'false'});
      item.addEventListener('mousedown', event => { event.preventDefault(); choose([id, text]); });
      item.choice = [id, text];
      return item;
    }

    function onKey(event) {
      const options = [...list.children], here = options.findIndex(item => item.getAttribute('aria-selected') === 'true');
      const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
      if (step && options.length) {
        event.preventDefault();
        const next = options[(here + step + options.length) % options.length];
        options.forEach(item => item.setAttribute('aria-selected', String(item === next)));
        input.setAttribute('aria-activedescendant', next.id);
        next.scrollIntoView({block: 'nearest'});
      }
      if (event.key === 'Enter' && !list.hidden) { event.preventDefault(); choose(options[Math.max(here, 0)].choice); }
      if (event.key === 'Escape' && !list.hidden) { event.stopPropagation(); event.preventDefault(); settle(); }
    }

    function choose(choice) {
      if (!many) chosen.clear();
      if (choice) chosen.set(...choice);
      show();
      close();
    }

    function settle() { show(); close(); }
    function close() { open(false); input.removeAttribute('aria-activedescendant'); }
    function open(yes) { list.hidden = !yes; input.setAttribute('aria-expanded', String(yes)); }

    function show() {
      field.value = [...chosen.keys()].join(separator);
      input.value = many ? '' : [...chosen.values()][0] || '';
      chips.replaceChildren(...[...chosen].map(([id, text]) => {
        const item = make('li'), button = make('button', {type: 'button', className: 'chip btn-ghost', textContent: `${text} ×`});
        button.setAttribute('aria-label', `${text}: remove`);
        button.addEventListener('click', () => { chosen.delete(id); show(); });
        item.append(button);
        return item;
      }));
    }
  }

  /* ---- rows of records inside a record ---- */

  document.addEventListener('click', event => {
    const remove = event.target.closest('[data-remove-row]'), add = event.target.closest('[data-add-row]');
    const list = (remove || add)?.closest('.inline-list');
    if (remove) removeRow(remove.closest('fieldset'), list);
    if (add) addRow(list);
  });

  function removeRow(row, list) {
    row.remove();
    offerMore(list);
    list.querySelector(':scope > [data-add-row]').focus();
  }

  function offerMore(list) {
    const rows = list.querySelector(':scope > .inline-rows').children.length;
    list.querySelector(':scope > [data-add-row]').hidden = rows >= Number(list.dataset.most || Infinity);
  }

  /* Flask-Admin reads rows as <list>-<number>-<field>; the number only has to be unused. */
  function addRow(list) {
    const rows = list.querySelector(':scope > .inline-rows');
    const used = [...rows.children].map(row => Number(row.id.split('-').pop()));
    const prefix = `${list.id}-${Math.max(-1, ...used) + 1}`;
    const row = list.querySelector(':scope > template').content.firstElementChild.cloneNode(true);
    row.id = prefix;
    for (const control of row.querySelectorAll('[name]')) {
      const old = control.id;
      control.name = `${prefix}-${control.name}`;
      control.id = `${prefix}-${old}`;
      for (const label of row.querySelectorAll(`label[for="${CSS.escape(old)}"]`)) label.htmlFor = control.id;
    }
    for (const select of row.querySelectorAll('select[data-one-each]')) chooseUnused(select, rows);
    rows.append(row);
    prepare(row);
    offerMore(list);
    row.querySelector('input:not([type=hidden]), select, textarea')?.focus();
  }

  /* Of such a choice each row takes another one: the new row starts with one that no row has yet. */
  function chooseUnused(select, rows) {
    const taken = [...rows.querySelectorAll('select[data-one-each]')].map(other => other.value);
    const free = [...select.options].find(option => !taken.includes(option.value));
    if (free) select.value = free.value;
  }

  function make(tag, properties = {}) { return Object.assign(document.createElement(tag), properties); }
  function setAttributes(element, attributes) { for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value); }
  function prepare(root) {
    root.querySelectorAll('input[data-role=select2-ajax]:not([data-ready])').forEach(makeLookup);
    root.querySelectorAll('.inline-list').forEach(offerMore);
  }

  document.addEventListener('htmx:afterSettle', () => prepare(document));
  prepare(document);
})();
