/* Answers side by side: found, filtered, ordered and compared. report.js starts it. */

/* ---- Answers: what is there ---- */

let exchanges = [];
let current = null;
/* Rows that may be seen at once: so many came with the page, more on demand. */
let first = 0;
let most = 0;
const HIDING = new CSSStyleSheet();

/* The rows that stood behind a disclosure join the others: from here on the page shows as many as are asked for. */
function readExchanges() {
  const rest = find("#rest");
  first = all("#exchanges > .exchange").length;
  if (rest) {
    rest.replaceWith(...all(":scope > .exchange", rest));
  } else {
    first = Math.max(first, 60);
  }
  // On a telephone a row takes three times the height.
  if (innerWidth < 700) first = Math.min(first, 20);
  most = first;
  return all("#exchanges > .exchange").map((article, place) => ({
    article,
    place,
    id: article.dataset.id,
    kind: article.dataset.kind,
    answers: all(".answer", article).map((section) => ({
      section,
      variant: Number(section.dataset.variant),
      beside: "reference" in section.dataset,
      is: new Set(section.dataset.is.split(" ")),
      change: Number(section.dataset.change ?? 0),
    })),
    tags: new Set(),
    texts: null,
    near: false,
    passes: true,
  }));
}

/* What a reader can filter by, over the variants that are shown; lost and gained are always against the base, and a
   reference takes no part in what differs. */
function tagsOf(exchange, hidden) {
  const shown = exchange.answers.filter((answer) => !hidden.has(answer.variant));
  const before = exchange.answers[0].is;
  const some = (word) => shown.some((answer) => answer.is.has(word));
  const tuned = (word) => shown.some((answer) => !answer.beside && answer.is.has(word));
  const found = ["loop", "leak", "roles", "truncated", "unjudged", "missing"].filter(some);
  if (before.has("right") && tuned("wrong")) found.push("lost");
  if (before.has("wrong") && tuned("right")) found.push("gained");
  if (tuned("right") && tuned("wrong")) found.push("disagree");
  return new Set(found);
}

/* Lower-cased once, at the first search. */
function textsOf(exchange) {
  exchange.texts ??= {
    question: [find("h3", exchange.article), find(".about", exchange.article)].map((it) => it.textContent.toLowerCase()).join(" "),
    answers: exchange.answers.map((answer) => (find(".text", answer.section)?.textContent ?? "").toLowerCase()),
  };
  return exchange.texts;
}

/* While nothing else is to do, so that the first search need not wait for it. */
function readTexts(from = 0) {
  const start = performance.now();
  let place = from;
  while (place < exchanges.length && performance.now() - start < 8) textsOf(exchanges[place++]);
  if (place < exchanges.length) setTimeout(readTexts, 30, place);
}

function terms() {
  return view.q.toLowerCase().split(/\s+/).filter(Boolean);
}

function matches(exchange, words, hidden) {
  if (!words.length) return true;
  const { question, answers } = textsOf(exchange);
  const shown = answers.filter((_, place) => !hidden.has(exchange.answers[place].variant));
  return words.every((word) => question.includes(word) || shown.some((text) => text.includes(word)));
}

/* ---- Answers: choosing and ordering ---- */

function hiddenVariants() {
  return new Set(all("#variants input").flatMap((box, place) => (view.hidden.includes(box.value) ? [place] : [])));
}

/* One rule hides a variant's cells, head and answers: thousands of attributes would take their time. */
function showVariants(hidden) {
  for (const exchange of exchanges) exchange.tags = tagsOf(exchange, hidden);
  HIDING.replaceSync([...hidden].map((place) => `#answers [data-variant="${place}"] { display: none !important; }`).join(""));
}

/* Writing an attribute that stands already would cost a style pass for each of some thousand sections. */
function toggle(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

function filter(hidden) {
  const words = terms();
  const counts = {};
  let shown = 0;
  for (const exchange of exchanges) {
    const right = !view.kind || exchange.kind === view.kind;
    exchange.passes = right && view.only.every((tag) => exchange.tags.has(tag)) && matches(exchange, words, hidden);
    if (exchange.passes) shown += 1;
    toggle(exchange.article, !exchange.passes || shown > most);
    if (!exchange.passes) continue;
    for (const tag of exchange.tags) counts[tag] = (counts[tag] ?? 0) + 1;
  }
  find("#shown").textContent = shown ? say("shown", { shown: number(shown), n: number(exchanges.length) }) : say("none");
  showFurther(shown);
  toggle(find("#clear"), !(view.only.length || view.q || view.kind));
  for (const box of all("#filters input")) {
    const count = counts[box.value] ?? 0;
    find(".count", box.parentElement).textContent = number(count);
    box.disabled = !count && !box.checked;
  }
}

function showFurther(passing) {
  const left = passing - most;
  toggle(find("#further"), left <= 0);
  find("#more").textContent = say("more", { n: number(Math.min(first, left)) });
  find("#every").textContent = say("all", { n: number(passing) });
  toggle(find("#every"), left <= first);
}

/* As many rows as reach so far; the key stays where it was. */
function showMost(many) {
  most = many;
  filter(hiddenVariants());
}

function rank(exchange) {
  return exchange.tags.has("lost") ? 0 : exchange.tags.has("gained") ? 1 : 2;
}

function order(hidden) {
  const change = (exchange) => Math.max(0, ...exchange.answers.map((it) => (hidden.has(it.variant) ? 0 : it.change)));
  const keys = new Map(exchanges.map((exchange) => [exchange, [rank(exchange), -change(exchange), exchange.place]]));
  const byChange = (first, second) => {
    const [one, two] = [keys.get(first), keys.get(second)];
    return one[0] - two[0] || one[1] - two[1] || one[2] - two[2];
  };
  const name = new Intl.Collator(LANG, { numeric: true });
  const byId = (first, second) => name.compare(first.id, second.id);
  // As it was written the page is ordered by change over all variants.
  const plain = !view.order && !hidden.size;
  const sorted = [...exchanges].sort(view.order === "id" ? byId : plain ? (a, b) => a.place - b.place : byChange);
  if (sorted.every((exchange, place) => exchange === exchanges[place])) return;
  exchanges = sorted;
  find("#exchanges").append(...sorted.map((exchange) => exchange.article));
}

let last = { hidden: null, order: null };

function showAnswers() {
  const hidden = hiddenVariants();
  const key = [...hidden].join();
  if (last.hidden !== key) showVariants(hidden);
  if (last.hidden !== key || last.order !== view.order) order(hidden);
  last = { hidden: key, order: view.order };
  filter(hidden);
  showLegend();
  exchanges.forEach((exchange) => exchange.near && !exchange.article.hidden && decorate(exchange));
}

/* A reader far down the page would otherwise look at nothing when the list gets shorter. */
function change(part) {
  Object.assign(view, part);
  most = first;
  const list = find("#exchanges");
  const below = list.getBoundingClientRect().top < 0;
  showAnswers();
  if (below) list.scrollIntoView({ behavior: "instant" });
  writeAddress();
}

function showControls() {
  for (const box of all("#variants input")) box.checked = !view.hidden.includes(box.value);
  for (const box of all("#filters input")) box.checked = view.only.includes(box.value);
  find("#find").value = view.q;
  for (const name of ["kind", "order", "diff"]) if (find(`#${name}`)) find(`#${name}`).value = view[name];
}

function chosen(group, wanted) {
  return all(`${group} input`).filter((box) => box.checked === wanted).map((box) => box.value);
}

function further(many) {
  const next = exchanges.find((exchange) => exchange.passes && exchange.article.hidden);
  showMost(many);
  if (next) find("summary", next.article).focus({ preventScroll: true });
}

function startBrowser() {
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, HIDING];
  for (const part of ["#browser", "#bar"]) find(part).hidden = false;
  const seen = new Set(exchanges.flatMap((exchange) => [...tagsOf(exchange, new Set())]));
  for (const box of all("#filters input")) box.parentElement.hidden = !seen.has(box.value);
  find("#filters").hidden = !seen.size;
  find("#variants")?.addEventListener("change", () => change({ hidden: chosen("#variants", false) }));
  find("#filters").addEventListener("change", () => change({ only: chosen("#filters", true) }));
  for (const name of ["kind", "order", "diff"]) {
    find(`#${name}`)?.addEventListener("change", (event) => change({ [name]: event.target.value }));
  }
  find("#more").addEventListener("click", () => further(most + first));
  find("#every").addEventListener("click", () => further(Infinity));
  find("#find").addEventListener("input", later(() => change({ q: find("#find").value }), 120));
  find("#clear").addEventListener("click", () => {
    change({ only: [], q: "", kind: "" });
    showControls();
    find("#find").focus();
  });
  find("#previous").addEventListener("click", () => go(-1));
  find("#next").addEventListener("click", () => go(1));
  startKeys();
  setTimeout(readTexts, 500);
}

/* ---- Answers: the matrix ---- */

function startMatrix() {
  exchanges = readExchanges();
  watch();
  const heads = find(".heads");
  const bar = find("#bar");
  if (bar) new ResizeObserver(() => heads.style.setProperty("top", `${bar.offsetHeight - 1}px`)).observe(bar);
  const by = new Map(exchanges.map((exchange) => [exchange.article, exchange]));
  find("#exchanges").addEventListener("toggle", (event) => {
    const exchange = by.get(event.target);
    if (exchange?.article.open) decorate(exchange);
  }, true);
  find("#exchanges").addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (cell) openCell(event, by.get(cell.closest(".exchange")), cell.dataset.variant);
  });
}

/* A cell opens its row and points at its answer; a second time it closes them. */
function openCell(event, exchange, variant) {
  const answer = exchange.answers.find((it) => String(it.variant) === variant).section;
  const picked = answer.classList.contains("picked");
  all(".answer.picked").forEach((it) => it.classList.remove("picked"));
  if (exchange.article.open && picked) return;
  event.preventDefault();
  exchange.article.open = true;
  answer.classList.add("picked");
  if (answer.getBoundingClientRect().top > innerHeight - 80) answer.scrollIntoView({ block: "nearest", behavior: "instant" });
}

/* ---- Answers: next and previous, by button and key ---- */

function go(by) {
  const shown = exchanges.filter((exchange) => exchange.passes);
  const at = shown.indexOf(current);
  const under = shown.findIndex((exchange) => exchange.article.getBoundingClientRect().bottom > stuck() + 1);
  const next = at >= 0 ? shown[at + by] : shown[Math.max(0, under)];
  if (next) goTo(next);
}

/* How much of the window the bar and the heads of the columns cover. */
function stuck() {
  const heads = find(".heads");
  return getComputedStyle(heads).position === "sticky" ? (find("#bar")?.offsetHeight ?? 0) + heads.offsetHeight : 0;
}

/* Opens the question; what only stepping opened is folded again behind it. */
function goTo(exchange) {
  current?.article.removeAttribute("aria-current");
  if (current?.stepped && current !== exchange) current.article.open = false;
  const place = exchanges.filter((it) => it.passes).indexOf(exchange);
  if (find("#browser") && place >= most) showMost(place + 1);
  current = exchange;
  exchange.stepped = !exchange.article.open;
  exchange.article.open = true;
  exchange.article.setAttribute("aria-current", "true");
  find("summary", exchange.article).focus({ preventScroll: true });
  exchange.article.scrollIntoView({ behavior: "instant" });
  view.at = exchange.id;
  writeAddress();
}

function startKeys() {
  const keys = find("#keys");
  const help = () => keys.showModal();
  const work = { j: () => go(1), ArrowRight: () => go(1), k: () => go(-1), ArrowLeft: () => go(-1), "?": help,
    "/": () => find("#find").focus() };
  find("#help").addEventListener("click", help);
  find("#keys-close").addEventListener("click", () => keys.close());
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog, [data-chart]");
    const free = find("#keys-on").checked && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!free || !Object.hasOwn(work, event.key)) return;
    event.preventDefault();
    work[event.key]();
  });
}

/* ---- Answers: what is marked in the text, once it comes near ---- */

function watch() {
  const by = new Map(exchanges.map((exchange) => [exchange.article, exchange]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const exchange = by.get(entry.target);
      exchange.near = entry.isIntersecting;
      if (exchange.near) decorate(exchange);
    }
  }, { rootMargin: "50%" });
  exchanges.forEach((exchange) => seen.observe(exchange.article));
}

function decorate(exchange) {
  if (exchange.article.open && exchange.marked !== view.diff) {
    exchange.answers.forEach((answer) => clean(answer.section));
    exchange.marked = view.diff;
    if (view.diff) markDifferences(exchange);
  }
  markHits();
}

function showLegend() {
  const legend = find("#legend");
  if (!legend) return;
  legend.hidden = !view.diff;
  const names = { base: find("#variants input").value, name: view.diff };
  find("ins", legend).textContent = say("new", names);
  find("del", legend).textContent = say("gone", names);
}

function textNodes(element) {
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) found.push(walk.currentNode);
  return found;
}

/* The terms of the search as highlights, which leave the page as it is; browsers without them show the hits alone. */
const markHits = later(() => {
  if (!CSS.highlights) return;
  CSS.highlights.delete("hit");
  const words = terms();
  if (!words.length) return;
  const near = exchanges.filter((exchange) => exchange.near && !exchange.article.hidden);
  const nodes = near.flatMap((exchange) => all("h3, .about, .text", exchange.article)).flatMap(textNodes);
  CSS.highlights.set("hit", new Highlight(...nodes.flatMap((node) => words.flatMap((word) => hits(node, word)))));
}, 30);

function hits(node, word) {
  const text = node.data.toLowerCase();
  const found = [];
  // A letter whose lower case is longer would shift every place behind it.
  if (text.length !== node.data.length) return found;
  for (let place = text.indexOf(word); place >= 0 && found.length < 200; place = text.indexOf(word, place + word.length)) {
    const range = new Range();
    range.setStart(node, place);
    range.setEnd(node, place + word.length);
    found.push(range);
  }
  return found;
}

/* ---- Answers: differences between two of them ---- */

const TOKENS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu;
const MOST_CELLS = 4e6;

function tokensOf(section) {
  const text = find(".text", section);
  if (!text) return [];
  const nodes = textNodes(text).filter((node) => !node.parentElement.closest(".cut"));
  return nodes.flatMap((node) =>
    [...node.data.matchAll(TOKENS)].map((found) => ({ node, word: found[0], start: found.index, end: found.index + found[0].length })));
}

function markDifferences(exchange) {
  const place = all("#variants input").findIndex((box) => box.value === view.diff);
  if (place < 1) return;
  const [before, after] = [exchange.answers[0], exchange.answers[place]].map((answer) => tokensOf(answer.section));
  const [gone, added] = changed(before, after);
  wrap(gone, "del");
  wrap(added, "ins");
}

/* The tokens that are not in a longest common subsequence of both; past four million cells, all between the ends. */
function changed(before, after) {
  let head = 0;
  while (head < before.length && head < after.length && before[head].word === after[head].word) head += 1;
  let [one, two] = [before.length, after.length];
  while (one > head && two > head && before[one - 1].word === after[two - 1].word) [one, two] = [one - 1, two - 1];
  const [first, second] = [before.slice(head, one), after.slice(head, two)];
  if (!first.length || !second.length || first.length * second.length > MOST_CELLS) return [first, second];
  return common(first, second);
}

function common(first, second) {
  const wide = second.length + 1;
  const longest = new Uint16Array((first.length + 1) * wide);
  for (let i = first.length - 1; i >= 0; i -= 1) {
    for (let j = second.length - 1; j >= 0; j -= 1) {
      const same = first[i].word === second[j].word;
      longest[i * wide + j] = same
        ? longest[(i + 1) * wide + j + 1] + 1
        : Math.max(longest[(i + 1) * wide + j], longest[i * wide + j + 1]);
    }
  }
  const [gone, added] = [[], []];
  let [i, j] = [0, 0];
  while (i < first.length && j < second.length) {
    if (first[i].word === second[j].word) [i, j] = [i + 1, j + 1];
    else if (longest[(i + 1) * wide + j] >= longest[i * wide + j + 1]) gone.push(first[i++]);
    else added.push(second[j++]);
  }
  return [gone.concat(first.slice(i)), added.concat(second.slice(j))];
}

/* Runs of tokens with nothing but spaces between them become one element; from the end, so that places hold. */
function wrap(tokens, name) {
  const runs = [];
  for (const token of tokens) {
    const run = runs.at(-1);
    const joins = run && run.node === token.node && !token.node.data.slice(run.end, token.start).trim();
    if (joins) run.end = token.end;
    else runs.push({ ...token });
  }
  for (const run of runs.reverse()) {
    const range = new Range();
    range.setStart(run.node, run.start);
    range.setEnd(run.node, run.end);
    range.surroundContents(document.createElement(name));
  }
}

function clean(section) {
  const marks = all("ins, del", section);
  for (const mark of marks) mark.replaceWith(...mark.childNodes);
  if (marks.length) section.normalize();
}
