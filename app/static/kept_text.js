/* What somebody typed in a form and left unsent is kept in this window, and offered where the form is there again: put
   back or thrown away by a press, never by itself. It goes when the form is sent, and when its person signs out; another
   person never sees it. Passwords, codes, secrets and files are not kept.
   Uses one(), all() of toonbank.js, COUNTS, isChanged(), isTyped(), typedForms() of leaving.js, sameNamed(), hold() of
   late_answers.js. */
'use strict';

(() => {
  const MOST_FORMS = 30, MOST_LETTERS = 20000, LETTERS_SHOWN = 120;
  const SECRET = /^(code|pin|otp)$|password|secret|token|(^|[-_])key($|[-_])/i;
  const FORMS = '#main form[method=post], #dialog form[method=post]';
  let isSigningOut = false;

  const person = () => one('#main')?.dataset.person || '';

  /* ---- what is kept: of each form the fields that were typed in, with what they began with ---- */

  function readKept() {
    try {
      const kept = JSON.parse(sessionStorage.getItem('typed'));
      return new Map(kept?.person === person() ? kept.forms : []);
    } catch { return new Map(); }
  }

  function writeKept(forms) {
    try {
      if (forms.size && person()) sessionStorage.setItem('typed', JSON.stringify({person: person(), forms: [...forms].slice(-MOST_FORMS)}));
      else sessionStorage.removeItem('typed');
    } catch { /* full or forbidden: the browser has asked before the page was left */ }
  }

  function forget(key) {
    const forms = readKept();
    if (forms.delete(key)) writeKept(forms);
  }

  /* A form is the one at its address, of the record that this names; of several there the one in the same place. */
  const addressOf = form => {
    const {pathname, searchParams} = new URL(form.getAttribute('action') || location.href, location.href);
    return `${pathname} ${searchParams.get('id') || ''}`;
  };
  const keyOf = form => `${addressOf(form)} ${all('form[method=post]', form.closest('#dialog, #main') || document).filter(other => addressOf(other) === addressOf(form)).indexOf(form)}`;

  const isKept = ({type, name, autocomplete}) => !['password', 'file'].includes(type) && !SECRET.test(name) && !/one-time-code|password/.test(autocomplete);

  /* A form that came back with mistakes begins with what was typed: what was there before is not known. */
  function typedIn(form) {
    const cameBack = Boolean(one('[aria-invalid=true]', form));
    const fields = all(COUNTS, form).filter(control => control.name && isKept(control) && (isChanged(control) || cameBack && control.value.trim()));
    return fields.map(control => ({
      name: control.name, number: sameNamed(control, form).indexOf(control), value: control.value.slice(0, MOST_LETTERS),
      was: isChanged(control) ? startOf(control) : null, label: labelOf(control),
    }));
  }

  const startOf = control => control.options ? [...control.options].find(option => option.defaultSelected)?.value ?? '' : control.defaultValue;
  const labelOf = control => (control.labels?.[0]?.textContent || control.getAttribute('aria-label') || '').trim();
  const fieldOf = ({name, number}, form) => all(COUNTS, form).filter(control => control.name === name)[number];

  addEventListener('pagehide', () => {
    if (isSigningOut || !person()) return;
    const forms = readKept();
    all(FORMS).filter(form => form.dataset.sent).forEach(form => forms.delete(keyOf(form)));
    typedForms(document).filter(form => form.matches(FORMS)).forEach(form => {
      const fields = typedIn(form);
      if (fields.length) forms.set(keyOf(form), fields);
    });
    writeKept(forms);
  });

  /* ---- it goes when the form was sent, and when its person goes ---- */

  const keys = new WeakMap();  // of forms that were sent: afterwards their place may be another's

  addEventListener('submit', ({target}) => {
    if (target.matches('[data-signs-out]')) { isSigningOut = true; sessionStorage.removeItem('typed'); }
    else keys.set(target, keyOf(target));
  }, true);

  document.addEventListener('htmx:afterRequest', ({detail: {elt, successful, requestConfig}}) => {
    const form = elt.closest?.('form');
    if (successful && requestConfig.verb === 'post' && keys.has(form)) forget(keys.get(form));
  });

  /* ---- it is offered where the form is there again ---- */

  function offerKept() {
    if (!person()) return;  // a page of nobody, such as the one to sign in again
    const forms = readKept();
    writeKept(forms);  // what another person has left is gone with this
    all(FORMS).filter(form => !one('[data-kept]', form) && !isTyped(form)).forEach(form => {
      const key = keyOf(form), fields = forms.get(key);
      if (!fields) return;
      if (fields.every(kept => fieldOf(kept, form)?.value === kept.value)) forget(key);  // it was saved after all
      else form.prepend(makeOffer(form, key, fields));
    });
  }

  function makeOffer(form, key, fields) {
    const offer = one('#kept-text').content.firstElementChild.cloneNode(true);
    one('ul', offer).append(...fields.map(({label, name, value}) => {
      const shown = value.length > LETTERS_SHOWN ? `${value.slice(0, LETTERS_SHOWN)}…` : value;
      return Object.assign(document.createElement('li'), {textContent: `${label || name}: ${shown}`});
    }));
    one('[data-changed-since]', offer).hidden = fields.every(kept => kept.was === null || [undefined, kept.was].includes(startOfField(kept, form)));
    one('[data-put-back]', offer).addEventListener('click', () => { end(); putBack(form, fields); });
    one('[data-throw-away]', offer).addEventListener('click', () => { end(); all(COUNTS, form)[0]?.focus(); });
    const end = () => { offer.remove(); forget(key); };
    return offer;
  }

  const startOfField = (kept, form) => { const control = fieldOf(kept, form); return control && startOf(control); };

  function putBack(form, fields) {
    const found = fields.map(kept => [kept, fieldOf(kept, form)]);
    found.forEach(([{value}, control]) => {
      if (control && !control.disabled && !control.readOnly) control.value = value;
      if (control?.value === value) control.dispatchEvent(new Event('input', {bubbles: true}));
      else hold(Object.assign(document.createElement('textarea'), {value}));  // its field, or its choice, is gone
    });
    found.find(([, control]) => control)?.[1].focus();
  }

  document.addEventListener('htmx:afterSettle', offerKept);
  offerKept();
})();
