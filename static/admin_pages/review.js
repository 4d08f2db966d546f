"use strict";
// Keys for the review console. Every key only clicks what is on the page: without this script all of it works by mouse,
// Tab and Enter. No key works with Ctrl, Alt or Meta, which belong to the browser, nor while something is typed.
{
  const STORED = "stormwater.review.keys";
  const FIELDS = "input:not([type=checkbox]):not([type=submit]), select, textarea, [contenteditable]";

  const areOff = () => {
    try {
      return localStorage.getItem(STORED) === "off";
    } catch {
      return false; // a browser that keeps nothing for pages
    }
  };

  const moveInList = (step) => {
    const rows = [...document.querySelectorAll(".row-link")];
    const at = rows.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    rows[next]?.focus();
    return rows.length > 0;
  };

  const press = (key) => {
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (target) {
      target.click();
      return true;
    }
    return (key === "j" && moveInList(1)) || (key === "k" && moveInList(-1));
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    const field = event.target.closest?.(FIELDS);
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    if (event.key.length === 1 && !areOff() && press(event.key.toLowerCase())) event.preventDefault();
  });

  // What is on its way is not sent again; a page that comes back from the browser's memory starts anew.
  let isSent = false;
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (isSent) event.preventDefault();
    isSent = true;
  });
  window.addEventListener("pageshow", () => {
    isSent = false;
  });

  const off = document.getElementById("keys-off");
  if (off) {
    off.checked = areOff();
    off.addEventListener("change", () => {
      localStorage.setItem(STORED, off.checked ? "off" : "on");
    });
  }
}
