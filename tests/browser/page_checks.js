// What of a page cannot be read: cut or overlapping width, text with too little contrast (WCAG AA), fields without a
// name. Only what is ours: the page's content, not the frame that Django brings.
(() => {
  const content = document.querySelector("#content");
  const describe = (node) => `${node.tagName.toLowerCase()}.${node.className?.baseVal ?? node.className}: ${node.textContent.trim().slice(0, 60)}`;

  const wide = [];
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) wide.push("the page scrolls sideways");
  for (const node of content.querySelectorAll("th, td, button, label, p, summary, .badge, .scrolls")) {
    if (node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && getComputedStyle(node).display !== "inline") wide.push(describe(node));
  }

  const numbers = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const channel = (value) => (value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const opacity = (node) => (node ? Number(getComputedStyle(node).opacity) * opacity(node.parentElement) : 1);

  const faint = [];
  for (const node of content.querySelectorAll("*")) {
    const says = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim());
    if (!says || node.closest("svg, option, noscript, .visually-hidden") || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const back = ground(node);
    const share = opacity(node);
    const fore = numbers(style.color).slice(0, 3).map((value, at) => value * share + back[at] * (1 - share));
    const [darker, lighter] = [luminance(fore), luminance(back)].sort((one, other) => one - other);
    const ratio = (lighter + 0.05) / (darker + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${describe(node)}`);
  }

  const nameless = [];
  for (const node of content.querySelectorAll("input:not([type=hidden]), select, textarea, button, a[href]")) {
    const name = node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent || node.value;
    if (!name?.trim()) nameless.push(node.outerHTML.slice(0, 120));
  }
  return { wide, faint, nameless };
})()
