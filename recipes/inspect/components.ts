/**
 * The groups in which each reaches every other, with one that reaches only itself left out unless it has an edge to itself.
 *
 * Source: Tarjan, "Depth-first search and linear graph algorithms", 1972; with a stack of its own, since a queue of thousands is deeper than the call stack.
 *
 * @param edges where each leads; what has no entry leads nowhere
 */
export function componentsOf(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const search = new Search(edges);
  for (const root of edges.keys()) search.from(root);
  return search.found;
}

interface Visit {
  readonly name: string;
  readonly index: number;
  readonly targets: readonly string[];
  next: number;
  lowest: number;
  isOpen: boolean;
}

class Search {
  readonly found: (readonly string[])[] = [];
  readonly #edges: ReadonlyMap<string, readonly string[]>;
  readonly #visits = new Map<string, Visit>();
  readonly #open: Visit[] = [];

  constructor(edges: ReadonlyMap<string, readonly string[]>) {
    this.#edges = edges;
  }

  from(root: string): void {
    if (this.#visits.has(root)) return;
    const path = [this.#visit(root)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const target = visit.targets[visit.next];
      visit.next += 1;
      if (target === undefined) {
        path.pop();
        this.#leave(visit, path.at(-1));
        continue;
      }
      const known = this.#visits.get(target);
      if (known === undefined) path.push(this.#visit(target));
      else if (known.isOpen) visit.lowest = Math.min(visit.lowest, known.index);
    }
  }

  #visit(name: string): Visit {
    const index = this.#visits.size;
    const visit = { name, index, targets: this.#edges.get(name) ?? [], next: 0, lowest: index, isOpen: true };
    this.#visits.set(name, visit);
    this.#open.push(visit);
    return visit;
  }

  #leave(visit: Visit, before: Visit | undefined): void {
    if (before !== undefined) before.lowest = Math.min(before.lowest, visit.lowest);
    if (visit.lowest !== visit.index) return;
    const members: Visit[] = [];
    for (let member = this.#open.pop(); member !== undefined; member = member === visit ? undefined : this.#open.pop())
      members.push(member);
    for (const member of members) member.isOpen = false;
    if (members.length > 1 || visit.targets.includes(visit.name)) this.found.push(members.map(({ name }) => name));
  }
}
