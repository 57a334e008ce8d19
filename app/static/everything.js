/* The search of the top bar: what is found is listed while somebody types. Uses one(), all() of toonbank.js. */
'use strict';

const everything = one('#search-everything');

function searchEverything() {
  if (!everything) return false;
  everything.classList.add('is-open');
  one('input', everything).select();
  one('input', everything).focus();
  return true;
}

if (everything) (() => {
  const input = one('input', everything), box = one('.found', everything);
  const options = () => all('[role=option]', box);
  const chosen = () => options().find(option => option.getAttribute('aria-selected') === 'true');
  let timer = 0, asking = null;

  input.addEventListener('input', () => { clearTimeout(timer); asking?.abort(); timer = setTimeout(ask, 150); });
  input.addEventListener('focus', () => show(Boolean(input.value.trim()) && options().length > 0));
  everything.addEventListener('focusout', event => { if (!everything.contains(event.relatedTarget)) leave(); });
  everything.addEventListener('submit', event => { if (!input.value.trim()) event.preventDefault(); clearTimeout(timer); asking?.abort(); });
  one('[data-search-everything]')?.addEventListener('click', event => { event.preventDefault(); searchEverything(); });
  input.addEventListener('keydown', event => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key], listed = options();
    if (step && listed.length) {
      event.preventDefault();
      show(true);
      const here = listed.indexOf(chosen());
      choose(listed[here < 0 ? (step > 0 ? 0 : listed.length - 1) : (here + step + listed.length) % listed.length]);
    }
    if (event.key === 'Enter' && !box.hidden && chosen()) { event.preventDefault(); chosen().click(); }
    if (event.key === 'Escape') { event.preventDefault(); box.hidden ? (input.value = '', input.blur()) : show(false); }
  });

  async function ask() {
    const url = new URL(everything.dataset.suggestions, location), typed = input.value.trim();
    if (!typed) { box.replaceChildren(); show(false); return; }
    url.searchParams.set('q', typed);
    asking = new AbortController();
    try {
      const answer = await fetch(url, {signal: asking.signal});
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      box.replaceChildren(...page.body.childNodes);
      show(document.activeElement === input);
    } catch (error) {
      if (error.name !== 'AbortError') show(false);  // no connection: Enter says so
    }
  }

  function choose(option) {
    options().forEach(one => one.setAttribute('aria-selected', String(one === option)));
    input.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({block: 'nearest'});
  }

  function show(yes) {
    box.hidden = !yes;
    input.setAttribute('aria-expanded', String(yes));
    if (yes) input.setAttribute('aria-controls', 'search-found'); else input.removeAttribute('aria-controls');
    input.removeAttribute('aria-activedescendant');
    options().forEach(option => option.setAttribute('aria-selected', 'false'));
  }

  function leave() { show(false); everything.classList.remove('is-open'); }
})();
