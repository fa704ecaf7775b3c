/** Where a row of home leads. */

import type { TargetView } from "$lib/ipc/client";
import { href } from "$lib/router.svelte";

export function place(target: TargetView): string {
  switch (target.kind) {
    case "step": return href("drills", target.drill);
    case "request": return href("requests", target.request);
    case "cleanup": return href("cleanup", target.drill);
    case "audit": return href("audit", target.drill);
    case "policy": return href("policy");
    case "start": return target.runbook ? href("start", target.runbook) : href("start");
  }
}
