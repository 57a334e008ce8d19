/* What is new, asked each minute while the page is looked at: counts beside the entries of the menu, and a word of what
   came in. Nothing takes the focus. Without script the menu has no counts. Uses one(), all(), showToasts() of
   toonbank.js. */
'use strict';

(() => {
  const MINUTE = 60_000, LONGEST = 30 * MINUTE;
  let counts = {}, pause = MINUTE, askedAt = 0, timer = 0, asking = null;
  const from = () => one('[data-news]')?.dataset.news;

  /* The mark is a number: what happened up to it was told, on whichever page of this tab. */
  const readMark = () => { try { return sessionStorage.getItem('news') || ''; } catch { return ''; } };
  const keepMark = mark => { try { sessionStorage.setItem('news', mark); } catch { /* forbidden: each page begins anew */ } };

  async function ask() {
    clearTimeout(timer);
    if (document.hidden || !from()) return;
    if (one('dialog[open]')) { askLater(); return; }  // a word would be said below it, and be gone when it closes
    asking?.abort();
    const mine = asking = new AbortController();
    askedAt = Date.now();
    try {
      const url = new URL(from(), location);
      url.searchParams.set('since', readMark());
      const answer = await fetch(url, {headers: {'HX-Request': 'true'}, signal: mine.signal});
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      tell(await answer.json());
      pause = MINUTE;
    } catch (error) {
      if (mine !== asking) return;  // asked once more meanwhile
      pause = Math.min(2 * pause, LONGEST);  // the server is away, or nobody is signed in
    }
    askLater();
  }

  function askLater() {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  }

  function tell({mark, counts: found, news}) {
    keepMark(mark);
    counts = found;
    showCounts();
    news.forEach(showNews);
    showToasts();
  }

  /* The number, which the style sheet draws, is for the eye; the words are for who listens, or points at the entry. */
  function showCounts() {
    all('[data-entry]').forEach(link => {
      const {count = '', words = ''} = counts[link.dataset.entry] || {}, text = one('.menu-text', link);
      text.title = words;
      set(link, 'data-count', count);
      set(link, 'aria-label', words && `${text.textContent}, ${words}`);
    });
  }

  const set = (element, name, value) => value ? element.setAttribute(name, value) : element.removeAttribute(name);

  function showNews({text, url}) {
    const message = Object.assign(document.createElement('div'), {className: 'toast-message'});
    message.setAttribute('data-toast', '');
    message.append(Object.assign(document.createElement('a'), {href: url, textContent: text}));
    one('.messages').append(message);
  }

  /* The menu came anew with an answer: something was done, so that other counts may hold. */
  document.addEventListener('htmx:oobAfterSwap', ({detail: {target}}) => {
    if (target.id !== 'menu') return;
    showCounts();
    clearTimeout(timer);
    timer = setTimeout(ask);
  });
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (!document.hidden && Date.now() - askedAt >= pause) ask(); else if (!document.hidden) askLater();
  });
  ask();
})();
