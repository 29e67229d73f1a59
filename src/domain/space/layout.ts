import type { Space } from "../space.ts";
import type { Params } from "../types.ts";
import { type Axis, axisOf } from "./axis.ts";
import { countActive } from "./count-active.ts";

/** An axis with what must hold for it to be active, by number of the parent's value. */
export interface Node {
  axis: Axis;
  conditions: readonly { parent: Axis; values: ReadonlySet<number> }[];
}

/** What the functions on a space need of it, derived once. */
export interface Layout {
  axes: readonly Axis[];
  /** Parents before children. */
  order: readonly Node[];
  isConditional: boolean;
  /** How many points there are at most, constraints aside. */
  size: number;
}

const known = new WeakMap<Space, Layout>();

/** The layout of a space; made once per space object. */
export function layoutOf(space: Space): Layout {
  let layout = known.get(space);
  if (layout === undefined) {
    layout = makeLayout(space);
    known.set(space, layout);
  }
  return layout;
}

function makeLayout(space: Space): Layout {
  const axes = space.parameters.map(axisOf);
  const byName = new Map(axes.map((axis) => [axis.name, axis]));
  const nodes = new Map<string, Node>();
  for (const [index, axis] of axes.entries()) {
    const conditions = (space.parameters[index]?.when ?? []).flatMap(({ parent: name, values }) => {
      const parent = byName.get(name);
      if (parent === undefined) return [];
      return [{ parent, values: new Set(values.map((value) => parent.indexOf(value))) }];
    });
    nodes.set(axis.name, { axis, conditions });
  }
  const order = new Set<Node>();
  const visit = (node: Node): void => {
    if (order.has(node)) return;
    for (const { parent } of node.conditions) {
      const above = nodes.get(parent.name);
      if (above !== undefined) visit(above);
    }
    order.add(node);
  };
  for (const node of nodes.values()) visit(node);
  const isConditional = [...order].some(({ conditions }) => conditions.length > 0);
  const bound = axes.reduce((size, axis) => size * axis.count, 1);
  const size = isConditional && bound < Infinity ? (countActive([...order]) ?? bound) : bound;
  return { axes, order: [...order], isConditional, size };
}

/** Whether the conditions of a node hold, given which of the axes before it are active. */
export function isActive({ conditions }: Node, active: ReadonlySet<Axis>, params: Params): boolean {
  for (const { parent, values } of conditions) {
    if (!active.has(parent) || !values.has(parent.indexOf(params[parent.name]))) return false;
  }
  return true;
}
