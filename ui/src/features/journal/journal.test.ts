import { describe, expect, it, vi } from "vitest";
import { fakeApi } from "$lib/ipc/fake";
import { many, page } from "$lib/ipc/fake/journal";
import { JournalBoard } from "./journalBoard.svelte";

function board(count: number, newestFirst = true) {
  const rows = many(count);
  const journal = vi.fn(async (filter: Parameters<typeof page>[1]) => page(rows, filter));
  return { board: new JournalBoard({ ...fakeApi(), journal }, newestFirst), journal };
}

describe("the journal", () => {
  it("reads page after page, each once", async () => {
    const { board: one, journal } = board(450);
    await one.load();
    expect(one.rows).toHaveLength(200);
    expect(one.rows[0]?.entry).toBe(450);
    await Promise.all([one.more(), one.more()]);
    expect(one.rows).toHaveLength(400);
    await one.more();
    await one.more();
    expect(one.rows.map((row) => row.entry)).toEqual(Array.from({ length: 450 }, (_, index) => 450 - index));
    expect(journal).toHaveBeenCalledTimes(3);
  });
  it("reads up to an entry that is chosen from elsewhere", async () => {
    const { board: one } = board(2000, false);
    await one.load();
    await one.choose(1500);
    expect(one.chosen?.entry).toBe(1500);
    expect(one.place).toBe(1499);
    one.move(1);
    expect(one.chosen?.entry).toBe(1501);
  });
  it("searches when typing rests, and forgets older answers", async () => {
    vi.useFakeTimers();
    const { board: one, journal } = board(100);
    one.search = "kind:check";
    one.search = "kind:check.failed";
    await vi.advanceTimersByTimeAsync(200);
    vi.useRealTimers();
    expect(journal).toHaveBeenCalledTimes(1);
    expect(one.rows.every((row) => row.kind === "check.failed")).toBe(true);
    expect(one.filtered).toBe(true);
  });
  it("keeps the problem and what was there when a reading fails", async () => {
    const { board: one, journal } = board(10);
    await one.load();
    journal.mockRejectedValueOnce(new Error("gone"));
    await one.load();
    expect(one.problem?.code).toBe("internal.window");
    expect(one.rows).toHaveLength(10);
  });
});
