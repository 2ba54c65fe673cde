"use strict";
// Draws NODES and EDGES at the positions they carry. Text reaches the page as text only, never as markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const nodes = new vis.DataSet(NODES);
  const edges = new vis.DataSet(EDGES);
  const drawn = new Map(NODES.map((node) => [node.id, node]));
  const lines = new Map(EDGES.map((edge) => [edge.id, edge]));
  const shown = new Set(PAGE.layers.map((_, at) => at));
  const usually = EDGES.length > 300 ? 0.3 : 0.5;
  let selected = null;
  let network;
  try {
    network = new vis.Network(byId("network"), { nodes, edges }, OPTIONS);
  } catch (error) {
    byId("failed").hidden = false;
    throw error;
  }
  network.on("beforeDrawing", (canvas) => {
    canvas.save();
    canvas.setTransform(1, 0, 0, 1, 0, 0);
    canvas.fillStyle = "#ffffff";
    canvas.fillRect(0, 0, canvas.canvas.width, canvas.canvas.height);
    canvas.restore();
  });

  // Ties: what a line and a tooltip say, given the kinds that are ticked.
  const ties = (id) => PAGE.edges[id].ties.filter((tie) => shown.has(tie.layer));
  const sentence = (id, tie) => {
    const { ends } = PAGE.edges[id];
    const [from, to] = tie.back ? [ends[1], ends[0]] : ends;
    return `${PAGE.nodes[from].name} ${tie.verb} ${PAGE.nodes[to].name}` + (tie.when ? `, ${tie.when}` : "") + (tie.said ? ` [${tie.said}]` : "");
  };
  const cited = (numbers) => numbers.map((number) => PAGE.sources[number].name).join("; ");
  const sourcesOf = (list) => [...new Set(list.flatMap((tie) => tie.sources))].sort((a, b) => a - b);
  const few = (list, most) =>
    list.length > most ? [...list.slice(0, most), `and ${list.length - most} more: click to see them`] : list;

  const nodeTitle = (id) => {
    const node = PAGE.nodes[id];
    const words = few(node.sources.map((number) => PAGE.sources[number].name), 3).join("; ");
    return [node.name, ...node.facts, ...(words ? [`Sources: ${words}`] : [])].join("\n");
  };
  const lineTitle = (id, visible) => {
    const names = PAGE.edges[id].ends.map((end) => PAGE.nodes[end].name).join(" \u2013 ");
    const said = few(visible.map((tie) => `\u2022 ${sentence(id, tie)}`), 6);
    const sources = sourcesOf(visible);
    const words = few(sources.map((number) => PAGE.sources[number].name), 3).join("; ");
    return [`${names}: ${visible.length === 1 ? "1 tie" : `${visible.length} ties`}`, ...said, `Sources: ${words}`].join("\n");
  };
  // What a line tells: the kinds of its ties; where a day was asked for, what is possible; in a comparison, what changed.
  const lineLook = (visible, layer) => {
    const weight = Math.max(0, ...visible.map((tie) => tie.width ?? 0));
    const usual = weight ? 0.08 + 0.1 * weight : usually;
    const width = weight || Math.min(7, 1 + Math.log2(visible.length));
    if (PAGE.mode === "diff") {
      const last = PAGE.changes.length - 1;
      const changed = (tie) => tie.change ?? last;
      const main = Math.min(...visible.map(changed));
      const kept = main === last;
      const sure = kept || visible.some((tie) => changed(tie) === main && !tie.possible);
      const mark = visible.some((tie) => tie.learned) ? "L" : "";
      return { ...PAGE.changes[main], mark, width: kept ? 1 : Math.max(2, width), opacity: kept ? 0.25 : sure ? 0.9 : 0.5 };
    }
    if (PAGE.mode === "time") {
      const sure = visible.some((tie) => !tie.possible);
      return { colour: layer.colour, dashes: sure ? false : PAGE.possible, mark: "", width, opacity: sure ? Math.min(0.9, usual + (weight ? 0 : 0.3)) : usual * 0.8 };
    }
    return { ...layer, mark: "", width, opacity: usual };
  };
  const lineStyle = (id) => {
    const visible = ties(id);
    if (!visible.length) return { id, hidden: true };
    const counts = new Map();
    visible.forEach((tie) => counts.set(tie.layer, (counts.get(tie.layer) || 0) + 1));
    const main = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0][0];
    const back = visible.filter((tie) => tie.back).length;
    const near = selected === null || selected === id || PAGE.edges[id].ends.includes(selected);
    const one = { enabled: true, scaleFactor: 0.45 };
    const flat = visible.every((tie) => tie.mutual);
    const look = lineLook(visible, PAGE.layers[main]);
    return {
      id,
      hidden: false,
      width: look.width,
      dashes: look.dashes,
      label: look.mark,
      font: { size: 13, color: look.colour, strokeWidth: 4, strokeColor: "#ffffff", face: "Arial, Helvetica, sans-serif" },
      arrows: { to: back === 0 && !flat ? one : { enabled: false }, from: back === visible.length && !flat ? one : { enabled: false } },
      color: { color: look.colour, highlight: look.colour, hover: look.colour, opacity: near ? (selected === null ? look.opacity : Math.max(0.9, look.opacity)) : 0.06 },
      title: lineTitle(id, visible),
    };
  };
  const restyle = () => {
    const near = new Set();
    if (selected !== null) {
      const chosen = lines.has(selected) ? [selected] : [...lines.keys()].filter((id) => PAGE.edges[id].ends.includes(selected));
      near.add(selected);
      chosen.filter((id) => ties(id).length).forEach((id) => PAGE.edges[id].ends.forEach((end) => near.add(end)));
    }
    edges.update([...lines.keys()].map(lineStyle));
    nodes.update([...drawn.values()].map((node) => {
      const clear = selected === null || near.has(node.id);
      return { id: node.id, opacity: clear ? 1 : 0.15, font: { ...node.font, color: clear ? "#1b1b1b" : "#c4c4c4" } };
    }));
    byId("filtered").hidden = lines.size === 0 || [...lines.keys()].some((id) => ties(id).length);
  };

  // The panel of what is selected.
  const add = (parent, tag, text) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };
  const addSource = (parent, number) => {
    const source = PAGE.sources[number];
    const item = add(parent, "li");
    const target = source.url ? add(item, "a", source.name) : add(item, "span", source.name);
    if (source.url) Object.assign(target, { href: source.url, target: "_blank", rel: "noopener noreferrer" });
  };
  const describe = () => {
    const panel = byId("details");
    panel.replaceChildren();
    panel.hidden = selected === null;
    document.querySelectorAll("tr[data-node]").forEach((row) => row.classList.toggle("chosen", row.dataset.node === selected));
    if (selected === null) return;
    const line = lines.has(selected);
    const node = PAGE.nodes[selected];
    add(panel, "h2", line ? PAGE.edges[selected].ends.map((end) => PAGE.nodes[end].name).join(" \u2013 ") : node.name);
    if (!line) node.facts.forEach((fact) => add(panel, "p", fact));
    const touched = line ? [selected] : [...lines.keys()].filter((id) => PAGE.edges[id].ends.includes(selected));
    const all = touched.flatMap((id) => ties(id).map((tie) => ({ ...tie, text: sentence(id, tie) })));
    PAGE.layers.forEach((layer, at) => {
      const here = all.filter((tie) => tie.layer === at);
      if (!here.length) return;
      add(panel, "h3", `${layer.name} (${here.length})`);
      const list = add(panel, "ul");
      here.forEach((tie) => { add(list, "li", tie.text).title = `Sources: ${cited(tie.sources)}`; });
    });
    const numbers = [...new Set([...(line ? [] : node.sources), ...sourcesOf(all)])].sort((a, b) => a - b);
    add(panel, "h3", `Sources (${numbers.length})`);
    const list = add(panel, "ul");
    numbers.forEach((number) => addSource(list, number));
    panel.scrollTop = 0;
  };

  // The address keeps what is selected and unticked, so that a view can be passed on.
  const remember = () => {
    const state = new URLSearchParams();
    if (selected !== null && drawn.has(selected)) state.set("node", selected);
    const hidden = PAGE.layers.filter((_, at) => !shown.has(at)).map((layer) => layer.name);
    if (hidden.length) state.set("without", hidden.join(","));
    try {
      history.replaceState(null, "", `#${state}`);
    } catch {
      // A page without an address of its own (a notebook's frame) has nothing to remember.
    }
  };
  const select = (id, focus) => {
    selected = id;
    if (id === null) network.unselectAll();
    else if (lines.has(id)) network.selectEdges([id]);
    else network.selectNodes([id], false);
    restyle();
    describe();
    if (focus && drawn.has(id)) network.focus(id, { scale: Math.max(network.getScale(), 1), animation: false });
    remember();
  };
  network.on("click", (event) => select(event.nodes[0] ?? event.edges[0] ?? null, false));

  // Search: letters with and without marks are the same.
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[đð]/gu, "d").replace(/ł/gu, "l").replace(/ø/gu, "o").replace(/ı/gu, "i").toLowerCase();
  const index = NODES.map((node) => [node.id, fold([PAGE.nodes[node.id].search, node.id].join("\n").toLowerCase())]);
  let hits = [];
  let hit = -1;
  const report = () => {
    const word = byId("name").value.trim();
    byId("found").textContent = !word ? "" : hits.length ? `${hit + 1} of ${hits.length}: ${PAGE.nodes[hits[hit]].name}` : "No node of this picture has that name.";
    select(hits.length ? hits[hit] : null, hits.length > 0);
  };
  byId("name").addEventListener("input", () => {
    const word = fold(byId("name").value.trim().toLowerCase());
    const starts = (text) => (text.split("\n").some((line) => line.startsWith(word)) ? 0 : 1);
    hits = word ? index.filter(([, text]) => text.includes(word)).sort((a, b) => starts(a[1]) - starts(b[1])).map(([id]) => id) : [];
    hit = 0;
    report();
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    if (hits.length) hit = (hit + 1) % hits.length;
    report();
  });

  byId("layers").addEventListener("change", (event) => {
    const at = Number(event.target.value);
    if (event.target.checked) shown.add(at);
    else shown.delete(at);
    restyle();
    describe();
    remember();
  });
  document.querySelector("tbody").addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-node]");
    if (row) select(row.dataset.node, true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") select(null, false);
  });
  document.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
    network.moveTo({ scale: network.getScale() * Number(button.dataset.zoom) });
  }));
  const fit = () => network.fit({ animation: false, minZoomLevel: 0.05, maxZoomLevel: 1.4 });
  byId("fit").addEventListener("click", fit);
  byId("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.download = "secgraph.png";
    link.href = document.querySelector("#network canvas").toDataURL("image/png");
    link.click();
  });

  const state = new URLSearchParams(location.hash.slice(1));
  const without = (state.get("without") || "").split(",");
  document.querySelectorAll("#layers input").forEach((box) => {
    box.checked = !without.includes(PAGE.layers[Number(box.value)].name);
    if (!box.checked) shown.delete(Number(box.value));
  });
  nodes.update(NODES.map((node) => ({ id: node.id, title: nodeTitle(node.id) })));
  restyle();
  fit();
  if (drawn.has(state.get("node"))) select(state.get("node"), true);
  document.body.dataset.ready = "yes";
})();
