/* Passkeys: the browser asks the device, and the form takes its answer along. Browsers of before 2025 convert nothing themselves. */
'use strict';

(() => {
  const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), sign => sign.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

  function asked(options) {
    const known = one => ({...one, id: bytes(one.id)});
    const publicKey = {...options, challenge: bytes(options.challenge)};
    if (options.user) publicKey.user = {...options.user, id: bytes(options.user.id)};
    if (options.excludeCredentials) publicKey.excludeCredentials = options.excludeCredentials.map(known);
    if (options.allowCredentials) publicKey.allowCredentials = options.allowCredentials.map(known);
    return {publicKey};
  }

  function answered(credential) {
    const response = {};
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature']) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return JSON.stringify({id: credential.id, rawId: text(credential.rawId), type: credential.type, response});
  }

  /* What else the form asks for is needed no longer: the device stands in for it. */
  function standIn(form) {
    for (const name of ['proof_password', 'proof_code']) if (form.elements[name]) form.elements[name].required = false;
    const stays = document.querySelector('[name="login_user_form"] [name="remember"]');
    if (stays && form.elements.remember) form.elements.remember.value = stays.checked ? 'y' : '';
  }

  document.addEventListener('click', async event => {
    const button = event.target.closest('[data-passkey]');
    if (!button) return;
    event.preventDefault();
    const form = button.form, failed = form.querySelector('[data-passkey-failed]');
    standIn(form);
    if (!form.reportValidity()) return;
    failed.hidden = button.disabled = true;  // a device is asked one thing at a time
    try {
      const options = await (await fetch(button.dataset.ask, {headers: {Accept: 'application/json'}})).json();
      const credential = await navigator.credentials[button.dataset.passkey](asked(options));
      form.elements[button.dataset.into].value = answered(credential);
      button.disabled = false;
      form.requestSubmit();
    } catch {
      failed.hidden = button.disabled = false;
    }
  });
})();
