// Makes the written page searchable. Everything in it is set by textContent and DOM methods: data never becomes markup.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const root = document.documentElement;
  root.classList.add("js");
  const store = {
    get(key) { try { return localStorage.getItem("recon." + key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem("recon." + key, value); } catch { /* private mode */ } },
  };

  /* ---- theme ---- */
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const paint = () => { $("theme").textContent = isDark() ? "Light" : "Dark"; };
  if (["dark", "light"].includes(store.get("theme"))) root.dataset.theme = store.get("theme");
  $("theme").addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; store.set("theme", root.dataset.theme); paint(); });
  dark.addEventListener("change", paint);
  paint();

  /* ---- print: whatever is folded is opened, and folded again afterwards ---- */
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open]):not(.filters):not(.gaps):not(.about .fold)")];
    folded.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => { folded.forEach((one) => { one.open = false; }); folded = []; });

  /* ---- the same pieces that _macros.html writes ---- */
  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) node.setAttribute(key, value);
    for (const child of children) if (child !== null && child !== undefined) node.append(child);
    return node;
  };
  const STATES = { new: ["✱", "new"], updated: ["±", "updated"], unchanged: ["", "unchanged"], unknown: ["?", "unknown"], resolved: ["✓", "resolved"], waived: ["–", "waived"] };
  const SEVERITIES = ["critical", "high", "medium", "low", "info"];
  const OPEN = ["new", "updated", "unchanged"];
  const title = (name) => data.titles[name] || name.replaceAll("_", " ").trim() || name;
  let data = null, number = new Intl.NumberFormat("en");
  const count = (n) => number.format(n);
  const plural = (n, one, many) => (n === 1 ? one : many || one + "s");
  const age = (days) => (days === undefined ? "–" : days === 0 ? "today" : count(days) + " d");
  const pieces = (value) => value ? el("bdi", null, value[0], value[1] ? el("mark", null, value[1]) : null, value[2]) : el("span", { class: "empty" }, "— empty");
  const diffRow = (d, here, there) => el("tr", null, el("th", { scope: "row", "data-label": "Field" }, title(d[0])), el("td", { "data-label": here }, pieces(d[1])),
    el("td", { "data-label": there }, pieces(d[2]), d[3] ? " " : null, d[3] ? el("span", { class: "note" }, d[3]) : null));
  const many = () => Object.keys(data.systems).length > 2;
  const diff = (rows, here, there) => {
    const head = el("thead", null, el("tr", null, ...["Field", here, there].map((name) => el("th", { scope: "col" }, name))));
    const differ = rows.filter((d) => !d[4]), equal = rows.filter((d) => d[4]);
    const parts = [el("table", { class: "diff" }, head, el("tbody", null, ...differ.map((d) => diffRow(d, here, there))))];
    if (equal.length) parts.push(el("details", { class: "equal" }, el("summary", null, equal.length + " equal " + plural(equal.length, "field")),
      el("table", { class: "diff" }, el("tbody", null, ...equal.map((d) => diffRow(d, here, there))))));
    return parts;
  };
  const facts = (pairs) => el("dl", { class: "facts" }, ...pairs.map(([name, text, url]) => el("div", null, el("dt", null, name),
    el("dd", null, to(url, text)))));
  const out = (url, label, name) => /^https:\/\//.test(url || "") ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer", "aria-label": "Open " + label + " in " + (name === "shop" && !many() ? "the shop" : name) },
    name + " ", el("span", { "aria-hidden": "true" }, "↗")) : null;
  const to = (url, text) => /^https:\/\//.test(url || "") ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, el("bdi", null, text)) : el("bdi", null, text);
  const cardRow = ([name, cells]) => el("tr", null, el("th", { scope: "row" }, name), ...cells.map(([text, differs, kept, why]) => el("td", kept ? { class: "kept" } : null,
    text === null ? written(null) : el("bdi", null, differs ? el("mark", null, text) : text), kept ? el("span", { class: "hide" }, " kept") : null,
    ...(why ? [" ", el("span", { class: "note" }, why)] : []))));
  const card = (q, label) => {
    const equal = q.f.filter((r) => r[2]);
    return el("section", { class: "card" }, el("p", null, ...q.t.flatMap((text, i) => [i ? " " : null, el("bdi", null, text)])),
      el("div", { class: "sideways", tabindex: "0", role: "group", "aria-label": label + ", scrolls sideways" }, el("table", null,
        el("thead", null, el("tr", null, el("th", { scope: "col" }, "Field"), ...q.h.map(([id, url, keep]) => el("th", { scope: "col" }, to(url, id), keep ? el("span", { class: "keep" }, "✓ keep") : null)))),
        el("tbody", null, ...q.f.filter((r) => !r[2]).map(cardRow)),
        equal.length ? el("tbody", { class: "equals" }, el("tr", null, el("th", { scope: "rowgroup", colspan: q.h.length + 1 }, equal.length + " equal " + plural(equal.length, "field"))),
          ...equal.map(([name, cells]) => el("tr", null, el("th", { scope: "row" }, name), el("td", { colspan: q.h.length }, cells[0][0] === null ? written(null) : el("bdi", null, cells[0][0]))))) : null)),
      q.e.length ? el("p", { class: "sub" }, "The same customer elsewhere: ", ...q.e.flatMap(([text, url], i) => [i ? ", " : null, to(url, text)])) : null);
  };
  const written = (value) => value === null ? el("span", { class: "empty" }, "— empty") : el("bdi", null, value);
  const values = ([verb, object, record, fields]) => {
    const isNew = verb === "Create";
    return el("table", { class: "diff" }, isNew ? null : el("caption", null, verb + " " + object + " ", el("bdi", null, record)),
      el("thead", null, el("tr", null, ...(isNew ? ["Field", "Then"] : ["Field", "Now", "Then"]).map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", null, ...fields.map(([name, before, after]) => el("tr", null, el("th", { scope: "row", "data-label": "Field" }, el("code", null, name)),
        isNew ? null : el("td", { "data-label": "Now" }, written(before)),
        el("td", { "data-label": "Then" }, written(after), ...(before !== null && before === after ? [" ", el("span", { class: "note" }, "They differ in the masked part.")] : []))))));
  };
  const plan = ([state, id, reason, writes, left]) => el("section", { class: "plan " + state }, el("h4", null, data.planned[state]),
    reason ? el("p", null, el("bdi", null, reason)) : null,
    ...writes.map((one) => one[0] === "Create" ? el("details", { class: "equal" }, el("summary", null, one[0] + " " + one[1] + ", " + one[3].length + " " + plural(one[3].length, "field")), values(one)) : values(one)),
    left ? el("p", { class: "sub" }, "and " + left + " more " + plural(left, "record")) : null,
    state === "safe" || state === "review" ? el("p", { class: "command" }, "Apply the plan: ", el("code", null, command(id))) : null);
  const command = (id) => "recon fix apply " + id + " --confirm";
  const tag = (f) => (f.n && data.tags[f.n[0]] ? [" ", el("span", { class: "tag " + f.n[0] }, data.tags[f.n[0]])] : []);
  const row = (f) => {
    const links = [out(f.us, f.l, many() ? f.y : "shop"), out(f.uf, f.l, "Salesforce")].filter(Boolean);
    const [sign, word] = STATES[f.t];
    return el("tr", { class: "f", id: "f=" + f.id, tabindex: "-1" },
      el("th", { scope: "row", "data-label": "Record" }, el("bdi", null, f.l), many() ? el("span", { class: "sub" }, f.y) : null),
      el("td", { "data-label": "What" }, el("details", null, el("summary", null, el("bdi", null, f.m), ...tag(f)),
        el("div", { class: "more" }, f.q ? card(f.q, "Records of " + f.l) : null, ...(f.d ? diff(f.d, many() ? f.y : "Shop", f.h || "Salesforce") : []), f.n ? plan(f.n) : null, facts(f.x || [])))),
      el("td", { class: "num amount", "data-label": "Amount" }, f.p || "–"),
      el("td", { class: "num", "data-label": "Known for" }, age(f.g)),
      el("td", { class: "state " + f.t, "data-label": "State" }, ...(sign ? [el("span", { "aria-hidden": "true" }, sign), " "] : []), word, f.t === "resolved" ? el("span", { class: "sub" }, f.w ? "by recon" : "without recon") : null),
      el("td", { class: "out", "data-label": "Open in" }, ...(links.length ? links : ["–"])));
  };

  /* ---- facets and filters ---- */
  const ageOf = (f) => (f.g === undefined ? "unknown" : f.g === 0 ? "today" : f.g < 7 ? "up to 7 days" : f.g < 30 ? "up to 30 days" : "more than 30 days");
  const FACETS = [
    ["state", "State", (f) => [f.t]], ["sev", "Severity", (f) => [f.s]], ["rule", "Rule", (f) => [f.r]], ["entity", "Entity", (f) => [f.e]],
    ["source", "System", (f) => [f.y]], ["field", "Field that differs", (f) => (f.d || []).filter((d) => !d[4]).map((d) => d[0])],
    ["owner", "Owner", (f) => [f.o || "nobody"]], ["confidence", "Confidence", (f) => [f.k || "certain"]], ["age", "Known for", (f) => [ageOf(f)]],
    ["plan", "Correction", (f) => [f.n ? f.n[0] : "none"]],
  ];
  const ORDER = { state: Object.keys(STATES), sev: SEVERITIES, age: ["today", "up to 7 days", "up to 30 days", "more than 30 days", "unknown"], plan: ["safe", "review", "skipped", "written", "refused", "none"] };
  const ALIAS = { severity: "sev", system: "source", is: "state" };
  const view = { picked: {}, q: "", sort: "", down: true };
  let home = OPEN, facets = [], boxes = new Map(), byId = new Map(), groups = new Map(), limits = new Map();

  const parse = (text) => (text.match(/!?(?:[a-z]+:)?(?:"[^"]*"?|[^\s"]+)/gi) || []).map((token) => {
    const not = token.startsWith("!") && token.length > 1;
    const [, key, value] = /^(?:([a-z]+):)?"?(.*?)"?$/i.exec(not ? token.slice(1) : token);
    const name = key && (ALIAS[key.toLowerCase()] || key.toLowerCase());
    const facet = FACETS.find(([id]) => id === name);
    return { not, state: name === "state", values: facet && facet[2], text: (facet || !key ? value : key + ":" + value).toLowerCase() };
  }).filter((term) => term.text && term.text !== "!");
  const hay = (f) => f.hay ||= [f.l, f.m, f.id, f.i, f.j, f.r, f.y, ...(f.d || []).flatMap((d) => [d[0], (d[1] || []).join(""), (d[2] || []).join("")]), ...(f.x || []).map((pair) => pair[1]), ...(f.q ? [...f.q.h.map((one) => one[0]), ...f.q.f.flatMap((one) => one[1].map((each) => each[0]))] : [])].join("\n").toLowerCase();
  const hits = (f, term) => {
    if (!term.values) return hay(f).includes(term.text);
    const values = term.values(f);
    return term.text === "open" ? OPEN.includes(f.t) : values.some((value) => value === term.text || (term.text.length > 2 && value.toLowerCase().includes(term.text)));
  };
  // A search that names a state (state:waived) looks into all of them, not only into those that are shown at first.
  let asked = ["", false];
  const asksState = () => (asked[0] === view.q ? asked : (asked = [view.q, parse(view.q).some((term) => term.state && !term.not)]))[1];
  const selected = (id) => view.picked[id] || (id === "state" ? (asksState() ? Object.keys(STATES) : Object.keys(view.picked).length || view.q ? OPEN : home) : null);

  /* ---- address: the hash names the whole view ---- */
  const readHash = () => {
    const next = { picked: {}, q: "", sort: "", down: true }, pairs = location.hash.slice(1).split("&").map((pair) => pair.split("="));
    let focus = "";
    for (const [key, raw] of pairs) {
      if (raw === undefined) continue;
      let value = raw;
      try { value = decodeURIComponent(raw); } catch { /* shown as typed */ }
      if (key === "f") focus = value;
      else if (key === "q") next.q = value;
      else if (key === "sort") { next.down = !value.startsWith("-"); next.sort = value.replace(/^-/, ""); }
      else if (FACETS.some(([id]) => id === key)) next.picked[key] = key === "state" && value === "open" ? OPEN : key === "state" && value === "any" ? Object.keys(STATES) : value.split(",");
    }
    Object.assign(view, next);
    return focus;
  };
  const viewHash = () => {
    const same = (a, b) => a.length === b.length && a.every((one) => b.includes(one));
    const parts = Object.entries(view.picked).map(([key, values]) => key + "=" + (key === "state" && same(values, OPEN) ? "open" : values.map(encodeURIComponent).join(",")));
    if (view.q) parts.push("q=" + encodeURIComponent(view.q));
    if (view.sort) parts.push("sort=" + (view.down ? "" : "-") + view.sort);
    return parts.join("&");
  };
  const go = () => { history.replaceState(null, "", "#" + viewHash()); limits = new Map(); draw(); };

  /* ---- sorting ---- */
  const SORTS = {
    label: (f) => f.l, message: (f) => f.m, age: (f) => f.g ?? -1, state: (f) => -Object.keys(STATES).indexOf(f.t),
    amount: (f) => (f.a === undefined ? null : [f.c, Number(f.a)]),
  };
  const compare = (a, b) => {
    const x = SORTS[view.sort](a), y = SORTS[view.sort](b), turn = view.down ? -1 : 1;
    if (x === null || y === null) return (x === null) - (y === null);
    if (Array.isArray(x)) return x[0] === y[0] ? turn * (x[1] - y[1]) : x[0] < y[0] ? -1 : 1;
    return turn * (typeof x === "number" ? x - y : x.localeCompare(y, data.locale, { numeric: true }));
  };
  const prepareHead = (table) => {
    for (const th of table.tHead.rows[0].cells) {
      const key = th.dataset.sort;
      if (!key || th.querySelector("button")) continue;
      const button = el("button", { type: "button" }, th.textContent);
      button.addEventListener("click", () => {
        const first = key !== "label" && key !== "message";
        if (view.sort !== key) Object.assign(view, { sort: key, down: first });
        else if (view.down === first) view.down = !first;
        else view.sort = "";
        go();
        $("live").textContent = view.sort ? "Sorted by " + button.textContent + (view.down ? ", descending." : ", ascending.") : "In the usual order, worst first.";
      });
      th.replaceChildren(button);
    }
  };
  const markHead = (table) => {
    for (const th of table.tHead.rows[0].cells) {
      if (th.dataset.sort && th.dataset.sort === view.sort) th.setAttribute("aria-sort", view.down ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    }
  };

  /* ---- drawing ---- */
  let shown = [];
  const total = new Map();  // open findings of each rule
  const sections = new Map();
  const draw = () => {
    const terms = parse(view.q), counts = new Map([...boxes.keys()].map((key) => [key, 0]));
    shown = [];
    groups = new Map();
    for (const f of data.findings) {
      if (!terms.every((term) => hits(f, term) !== term.not)) continue;
      let misses = 0, missed = "";
      const values = {};
      for (const [id, , get] of FACETS) {
        values[id] = get(f);
        const want = selected(id);
        if (want && !values[id].some((value) => want.includes(value))) { misses++; missed = id; }
      }
      if (misses > 1) continue;
      for (const [id] of FACETS) if (!misses || id === missed) for (const value of values[id]) counts.set(id + "=" + value, (counts.get(id + "=" + value) || 0) + 1);
      if (misses) continue;
      shown.push(f);
      if (!groups.has(f.r)) groups.set(f.r, []);
      groups.get(f.r).push(f);
    }
    if (SORTS[view.sort]) for (const list of groups.values()) list.sort(compare);
    for (const [key, box] of boxes) {
      const n = counts.get(key) || 0, [id, value] = [box.id, box.value];
      box.input.checked = Boolean((id === "state" ? selected(id) : view.picked[id])?.includes(value));
      box.n.textContent = count(n);
      box.used = n > 0 || box.input.checked;
    }
    facets.forEach(drawFacet);
    $("filters").hidden = facets.every((facet) => facet.field.hidden);
    for (const id of groups.keys()) if (!sections.has(id)) addSection(id);
    for (const section of sections.values()) drawRule(section);
    words();
  };
  // Eight values that occur in what is shown; the others behind a button.
  const drawFacet = (facet) => {
    const used = facet.boxes.filter((box) => box.used), first = facet.all ? used : used.slice(0, 8);
    for (const box of facet.boxes) box.label.hidden = !first.includes(box);
    facet.more.hidden = used.length <= 8;
    facet.more.textContent = facet.all ? "fewer" : count(used.length - 8) + " more";
    facet.field.hidden = !used.length;
  };
  // Resolved and waived findings of rules that have nothing open get a place when a filter asks for them.
  const addSection = (id) => {
    const head = $("template").cloneNode(true), list = data.findings.filter((f) => f.r === id);
    head.removeAttribute("id");
    head.dataset.rule = id;
    head.querySelector("h3").textContent = data.rules[id] || id;
    head.querySelector("caption").textContent = data.rules[id] || id;
    head.querySelector("table").classList.toggle("no-amount", !list.some((f) => f.p));
    prepareHead(head.querySelector("table"));
    $("template").before(head);
    sections.set(id, head);
  };
  const isHome = () => !viewHash() || viewHash() === "sort=" + view.sort;
  const drawRule = (section) => {
    const list = groups.get(section.dataset.rule) || [];
    section.hidden = !list.length;
    const table = section.querySelector("table.findings");
    if (!list.length || !table) return;
    if (!isHome() && groups.size <= 3 && section.classList.contains("rule") && !section.dataset.touched) section.open = true;
    const most = limits.get(section.dataset.rule) || 25, wanted = list.slice(0, most), body = table.tBodies[0];
    markHead(table);
    if (body.rows.length !== wanted.length || wanted.some((f, i) => body.rows[i].id !== "f=" + f.id)) {
      const old = new Map([...body.rows].map((tr) => [tr.id, tr]));
      body.replaceChildren(...wanted.map((f) => old.get("f=" + f.id) || row(f)));
    }
    drawFoot(section, list, wanted.length, body);
  };
  // What is not shown is counted, with a button that shows it.
  const drawFoot = (section, list, drawn, body) => {
    const foot = section.querySelector(".shown"), id = section.dataset.rule, parts = [];
    const button = (text, act) => { const node = el("button", { type: "button" }, text); node.addEventListener("click", act); return node; };
    if (list.length > drawn) {
      const step = Math.min(200, list.length - drawn);
      parts.push(count(drawn) + " shown of " + count(list.length) + ".", button("Show " + count(step) + " more", () => { limits.set(id, drawn + step); drawRule(section); body.rows[drawn].focus(); }));
    }
    const others = total.get(id) - list.length;
    if (isHome() && home !== OPEN && others > 0) parts.push(count(others) + " more open, unchanged.", button("Show all " + count(total.get(id)), () => { view.picked.state = OPEN; section.dataset.touched = "1"; go(); }));
    const ask = soql(list.slice(0, drawn));
    if (ask) parts.push(button("Copy SOQL", () => copy(ask, "SOQL for the records that are shown")));
    foot.replaceChildren(...parts);
  };
  const soql = (list) => {
    const ids = [...new Set(list.map((f) => f.j).filter((id) => /^[a-zA-Z0-9]{15,18}$/.test(id || "")))], names = new Set(ids.map((id) => data.objects[id.slice(0, 3)]));
    const [name] = names;
    return ids.length && names.size === 1 && name ? "SELECT FIELDS(ALL) FROM " + name + " WHERE Id IN (" + ids.slice(0, 200).map((id) => "'" + id + "'").join(", ") + ") LIMIT 200" : "";
  };
  const words = () => {
    $("nothing").hidden = shown.length > 0 || isHome();
    const fresh = isHome() && home !== OPEN, all = [...total.values()].reduce((sum, n) => sum + n, 0);
    $("live").textContent = !shown.length && isHome() ? "Nothing is open." : count(shown.length) + (fresh ? " new or updated " : " ") + plural(shown.length, "finding") + " in " + count(groups.size) + " " + plural(groups.size, "rule") + (fresh ? "; " + count(all) + " are open in all." : ".");
    for (const heads of document.querySelectorAll(".heads")) heads.hidden = !shown.length;
    const now = selected("state"), is = (list) => now.length === list.length && list.every((one) => now.includes(one));
    for (const button of $("views").children) button.setAttribute("aria-pressed", String(is(button.dataset.states.split(","))));
    $("clear").disabled = isHome() && !view.sort;
    if (document.activeElement !== $("q")) $("q").value = view.q;
  };

  /* ---- controls ---- */
  const buildViews = () => {
    const n = (states) => data.findings.filter((f) => states.includes(f.t)).length;
    const sets = [["New and updated", ["new", "updated"]], ["All open", OPEN], ["Resolved", ["resolved"]], ["Waived", ["waived"]]];
    for (const [name, states] of sets) {
      if (!n(states) || (states.length === 2 && n(states) === n(OPEN))) continue;
      const button = el("button", { type: "button", "data-states": states.join(",") }, name + " " + count(n(states)));
      button.addEventListener("click", () => { view.picked.state = states; go(); });
      $("views").append(button);
    }
  };
  const buildFacets = () => {
    for (const [id, name, get] of FACETS) {
      const totals = new Map();
      for (const f of data.findings) for (const value of get(f)) totals.set(value, (totals.get(value) || 0) + 1);
      if (totals.size < 2) continue;
      const known = ORDER[id], rank = (value) => (known ? known.indexOf(value) : -totals.get(value));
      const values = [...totals.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
      const field = el("fieldset", null, el("legend", null, name)), more = el("button", { type: "button", class: "quiet" });
      const facet = { field, more, all: false, boxes: [] };
      for (const value of values.slice(0, 300)) {
        const input = el("input", { type: "checkbox" }), n = el("span", { class: "n" });
        const label = el("label", null, input, el("span", null, id === "rule" ? data.rules[value] || value : id === "field" || id === "entity" ? title(value) : value), n);
        const box = { id, value, input, n, label, used: true };
        boxes.set(id + "=" + value, box);
        facet.boxes.push(box);
        input.addEventListener("change", () => {
          const now = new Set(id === "state" ? selected(id) : view.picked[id] || []);
          if (input.checked) now.add(value); else now.delete(value);
          if (now.size) view.picked[id] = [...now]; else delete view.picked[id];
          go();
        });
        field.append(label);
      }
      more.addEventListener("click", () => { facet.all = !facet.all; drawFacet(facet); });
      field.append(more);
      facets.push(facet);
      $("facets").append(field);
    }
  };
  const clear = () => { view.picked = {}; view.q = ""; view.sort = ""; $("q").value = ""; go(); };
  const formulaSafe = (text) => (/^[\s\ufeff]*[=+\-@\t\r\0＝＋－＠]/.test(text) ? "'" + text : text);
  const cell = (value) => { const text = formulaSafe(String(value ?? "")); return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text; };
  const csv = () => {
    const show = (value) => (value ? value.join("") : ""), lines = [["rule", "severity", "state", "system", "record_id", "salesforce_id", "finding_id", "label", "message", "differences", "amount", "currency", "owner", "confidence", "known_for_days", "url_shop", "url_salesforce"].join(",")];
    for (const list of groups.values()) for (const f of list) {
      const differences = (f.d || []).filter((d) => !d[4]).map((d) => d[0] + ": " + (show(d[1]) || "empty") + " | " + (show(d[2]) || "empty")).join("; ");
      const amount = /^-?\d+(\.\d+)?$/.test(f.a || "") ? f.a : cell(f.a);
      lines.push([...[f.r, f.s, f.t, f.y, f.i, f.j, f.id, f.l, f.m, differences].map(cell), amount, ...[f.c, f.o, f.k || "certain", f.g, f.us, f.uf].map(cell)].join(","));
    }
    return "\ufeff" + lines.join("\r\n") + "\r\n";
  };
  const copy = async (text, what) => {
    try { await navigator.clipboard.writeText(text); } catch {
      const area = el("textarea", { class: "hide" });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    $("live").textContent = what + " copied.";
  };
  const keyOf = (tr) => tr.id || tr.dataset.id;
  const linkTo = (tr) => location.href.split("#")[0] + "#" + keyOf(tr);
  const addCopy = (tr) => {
    const f = byId.get(keyOf(tr).slice(2)), more = tr.querySelector(".more");
    if (!f || !more || more.querySelector(".copy")) return;
    const box = el("div", { class: "copy" }, el("span", { class: "sub" }, "Copy"));
    const add = (name, get) => {
      const node = el("button", { type: "button", "aria-label": "Copy " + name }, name);
      node.addEventListener("click", () => copy(get(), name.replace(/^./, (c) => c.toUpperCase())));
      box.append(node);
    };
    add("link", () => linkTo(tr));
    if (f.i) add("record id", () => f.i);
    if (f.j) add("Salesforce id", () => f.j);
    if (soql([f])) add("SOQL", () => soql([f]));
    add("Markdown row", () => markdown(f));
    if (f.n && (f.n[0] === "safe" || f.n[0] === "review")) add("command", () => command(f.n[1]));
    more.append(box);
  };
  const markdown = (f) => {
    const text = (value) => String(value).replace(/[\\|`*_{}\[\]<>#!~]/g, "\\$&").replace(/\s+/g, " ");
    const link = (name, url) => (/^https:\/\//.test(url || "") ? "[" + name + "](" + url.replaceAll("(", "%28").replaceAll(")", "%29") + ")" : "");
    return "| " + [text(f.l), text(f.s), text(f.m), text(f.p || "–"), [link("shop", f.us), link("Salesforce", f.uf)].filter(Boolean).join(" ") || "–"].join(" | ") + " |";
  };

  /* ---- going to a finding, keyboard ---- */
  const rows = () => [...document.querySelectorAll("tr.f")].filter((tr) => tr.checkVisibility?.({ contentVisibilityAuto: true }) ?? tr.offsetParent);
  const current = () => document.activeElement?.closest("tr.f");
  const focusRow = (tr) => {
    document.querySelector("tr.on")?.classList.remove("on");
    tr.classList.add("on");
    tr.focus({ preventScroll: true });
    tr.scrollIntoView({ block: "nearest" });
  };
  const show = (id) => {
    const f = byId.get(id);
    if (!f) { $("live").textContent = "This finding is not in this run any more."; return; }
    const states = selected("state");
    if (!states.includes(f.t)) view.picked.state = [...new Set([...states, f.t])];
    view.q = "";
    draw();
    const section = sections.get(f.r);
    if (section && !document.getElementById("f=" + id)?.closest("details[data-rule]")) {
      limits.set(f.r, Math.ceil((groups.get(f.r).indexOf(f) + 1) / 25) * 25);
      drawRule(section);
    }
    const tr = document.getElementById("f=" + id);
    if (!tr) return;
    for (let fold = tr.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    tr.querySelector("details").open = true;
    focusRow(tr);
    tr.scrollIntoView({ block: "center" });
  };
  const onHash = () => {
    const focus = readHash();
    if (focus) { limits = new Map(); show(focus); return; }
    limits = new Map();
    draw();
    if (location.hash.includes("=")) $("findings").scrollIntoView();
    const only = view.picked.rule?.length === 1 && document.getElementById("rule=" + view.picked.rule[0]);
    if (only) { if (only.tagName === "DETAILS") only.open = true; only.scrollIntoView(); }
  };
  const help = () => {
    $("help").hidden = !$("help").hidden;
    $("ask").setAttribute("aria-expanded", String(!$("help").hidden));
    if (!$("help").hidden) $("help").scrollIntoView({ block: "nearest" });
  };
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !$("keys").checked) return;
    if (event.target.closest("input, textarea, select")) { if (event.key === "Escape") event.target.blur(); return; }
    const tr = current(), list = rows();
    if (event.key === "/") { event.preventDefault(); $("q").focus(); }
    else if (event.key === "j" || event.key === "k") {
      const next = list[tr ? list.indexOf(tr) + (event.key === "j" ? 1 : -1) : event.key === "j" ? 0 : list.length - 1];
      if (next) focusRow(next);
    } else if (event.key === "o" && tr) { const fold = tr.querySelector("details"); fold.open = !fold.open; }
    else if (event.key === "c" && tr) copy(linkTo(tr), "Link");
    else if (event.key === "?") help();
  };

  const start = () => {
    number = new Intl.NumberFormat(data.locale);
    for (const f of data.findings) { byId.set(f.id, f); if (OPEN.includes(f.t)) total.set(f.r, (total.get(f.r) || 0) + 1); }
    // What is new is what somebody opens this page for in the morning; all the rest is one click away.
    const fresh = data.findings.filter((f) => f.t === "new" || f.t === "updated").length;
    if (fresh && data.findings.some((f) => f.t === "unchanged")) home = ["new", "updated"];
    buildViews();
    buildFacets();
    if (matchMedia("(min-width: 62.01rem)").matches) $("filters").open = true;
    for (const section of document.querySelectorAll("details[data-rule]")) { sections.set(section.dataset.rule, section); prepareHead(section.querySelector("table.findings")); }
    // What is folded below is drawn again above when a filter asks for it; only one of both may carry the address.
    for (const tr of document.querySelectorAll("#waived tr.f, #resolved tr.f")) { tr.dataset.id = tr.id; tr.removeAttribute("id"); }
    let timer = 0;
    $("q").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { view.q = $("q").value.trim(); go(); }, 120); });
    for (const id of ["clear", "clear2"]) $(id).addEventListener("click", clear);
    $("csv").addEventListener("click", () => {
      const link = el("a", { href: URL.createObjectURL(new Blob([csv()], { type: "text/csv" })), download: "findings-" + data.run + ".csv" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    });
    $("ask").addEventListener("click", help);
    const measure = () => root.style.setProperty("--bar", document.querySelector(".bar").offsetHeight + "px");
    new ResizeObserver(measure).observe(document.querySelector(".bar"));
    measure();
    $("keys").checked = store.get("keys") !== "off";
    $("keys").addEventListener("change", () => store.set("keys", $("keys").checked ? "on" : "off"));
    document.addEventListener("toggle", (event) => { const tr = event.target.open && event.target.parentElement?.closest("tr.f"); if (tr) addCopy(tr); }, true);
    document.addEventListener("click", (event) => { const rule = event.target.closest("summary")?.parentElement; if (rule?.dataset.rule) rule.dataset.touched = "1"; });
    document.addEventListener("keydown", onKey);
    addEventListener("hashchange", onHash);
    onHash();
    root.dataset.ready = "1";
  };
  const load = async () => {
    if (!$("q")) { root.dataset.ready = "1"; return; }
    const text = $("payload").textContent, bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    data = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
    start();
  };
  // A browser that cannot unpack the data still has everything that is written into the page.
  load().catch(() => { root.classList.remove("js"); });
})();
