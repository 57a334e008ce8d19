/* How many rows each saved view has: asked for when the list is there, so that it need not wait. Without script the
   tabs have no counts. Uses one() and all() of toonbank.js. */
'use strict';

function countViews() {
  const tabs = one('[data-view-counts]');
  if (!tabs || 'counted' in tabs.dataset) return;
  tabs.dataset.counted = '';
  fetch(tabs.dataset.viewCounts, {headers: {'HX-Request': 'true'}}).then(answer => answer.ok ? answer.json() : {}).then(counts => {
    all('[data-view-count]', tabs).forEach(place => {
      const count = counts[place.dataset.viewCount];
      place.textContent = count ?? '';
      place.hidden = count === undefined;
    });
  }).catch(() => {});
}

document.addEventListener('htmx:afterSettle', countViews);
countViews();
