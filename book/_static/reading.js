/* For readers with a keyboard or a screen reader: what the theme leaves out and no style sheet can mend. */
document.addEventListener("DOMContentLoaded", function () {
  function each(selector, change) { document.querySelectorAll(selector).forEach(change); }
  // The title of the book and the search button stand outside every landmark.
  each(".bd-sidebar-primary", function (bar) {
    bar.setAttribute("role", "region");
    bar.setAttribute("aria-label", "Book");
  });
  // A table wider than the screen scrolls: the keyboard must reach it.
  each(".pst-scrollable-table-container", function (box) { box.tabIndex = 0; });
  // So does code wider than its box; the theme measures it now and then, and a box may have become narrower since.
  var wide = new ResizeObserver(function (changes) {
    changes.forEach(function (change) {
      if (change.target.scrollWidth > change.target.clientWidth) { change.target.tabIndex = 0; }
    });
  });
  each("pre", function (code) { wide.observe(code); });
  // The empty corner of a table heads nothing, but is written as a header cell.
  each("th", function (cell) {
    if (cell.textContent.trim() || cell.querySelector("img")) { return; }
    var plain = document.createElement("td");
    plain.className = cell.className;
    cell.replaceWith(plain);
  });
  // The bibliography is a list whose entries carry a role that is out of use and not that of an entry of a list.
  each(".citation-list > .citation", function (entry) { entry.setAttribute("role", "listitem"); });
});
