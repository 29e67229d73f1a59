import type { PrunerConfig } from "../domain/pruner-config.ts";
import type { Lease } from "../store/leases.ts";
import { openLanes, type Lanes } from "./lanes.ts";
import { openProposer, type OpenProposer, type SearchRequest } from "./open-proposer.ts";
import type { Session } from "./session.ts";

/** All that a search needs, on whichever tiers its runs are; the caller disposes of the lanes. */
export interface Search extends OpenProposer {
  lanes: Lanes;
}

/** Opens the search of an experiment, with its whole history. `pruner` overrules that of the SPEC; null is none. */
export async function openSearch(
  session: Session,
  request: SearchRequest & { pruner?: PrunerConfig | null },
  lease: Lease,
): Promise<Search> {
  const opened = await openProposer(session, request);
  const { pruner = opened.spec.pruner } = request;
  const spec = { ...(await session.store.spec(request.experiment)), pruner };
  return { ...opened, lanes: openLanes(session, spec, lease, opened.rows) };
}
