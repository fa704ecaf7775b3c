import { describe, expect, it } from "vitest";
import { command, duration, quantity, time } from ".";

const now = new Date("2026-11-21T14:36:12Z");
const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("time", () => {
  it("is local, with UTC for the tooltip", () => {
    const taken = new Date("2026-11-21T03:02:11Z");
    expect(time.dayTime(taken, now)).toBe("Fri 20 Nov, 22:02");
    expect(time.utc(taken)).toBe("2026-11-21T03:02:11Z (UTC)");
    expect(time.brief(now, now)).toBe("09:36");
    expect(time.when(new Date("2026-11-22T14:39:00Z"), now)).toBe("tomorrow at 09:39");
  });
  it("names another year, and refuses what is no time", () => {
    expect(time.day(new Date("2025-08-20T12:00:00Z"), now)).toBe("Wed 20 Aug 2025");
    expect(time.parse("soon")).toBeNull();
  });
});

describe("loose times", () => {
  const typed = (text: string) => time.loose(text, now)?.toISOString() ?? null;
  it("reads what people type, locally", () => {
    expect(typed("Sat 21 Nov, 08:00")).toBe("2026-11-21T13:00:00.000Z");
    expect(typed("2026-11-21 8:00")).toBe("2026-11-21T13:00:00.000Z");
    expect(typed("13:30")).toBe("2026-11-21T18:30:00.000Z");
    expect(typed("2 Jan 09:00")).toBe("2027-01-02T14:00:00.000Z");
  });
  it("refuses the rest", () => {
    for (const text of ["", "soon", "25:00", "31 Feb 10:00", "21 Foo 10:00"]) expect(typed(text)).toBeNull();
  });
  it("reads back what it writes", () => {
    expect(typed(time.dayTime(now, now))).toBe("2026-11-21T14:36:00.000Z");
  });
});

describe("duration", () => {
  it("reads and writes ISO 8601", () => {
    expect(duration.isoSeconds("P1DT12H")).toBe(129_600);
    expect(duration.isoSeconds("PT")).toBeNull();
    for (const seconds of [0, 59, 7200, 129_600, 90_061]) expect(duration.isoSeconds(duration.toIso(seconds))).toBe(seconds);
  });
  it("speaks in at most two units", () => {
    expect(plain(duration.spoken(41_280))).toBe("11 h 28 min");
    expect(plain(duration.spoken(7200))).toBe("2 h");
    expect(plain(duration.spoken(19 * 86_400 + 11 * 3600))).toBe("19 d 11 h");
    expect(duration.stopwatch(2470)).toBe("00:41:10");
    expect(plain(duration.due(new Date(now.getTime() + 3 * 3_600_000), now))).toBe("due in 3 h");
    expect(plain(duration.due(new Date(now.getTime() - 5 * 60_000), now))).toBe("late by 5 min");
  });
});

describe("quantity", () => {
  it("says bytes, money, counts and digests", () => {
    expect(plain(quantity.bytes(4210))).toBe("4.2 KB");
    expect(quantity.money(0.82, "USD")).toBe("$0.82");
    expect(plain(quantity.count(2148))).toBe("2 148");
    expect(quantity.digest(`sha256:${"7be104d9".repeat(8)}`, 2)).toBe("7be104d9 7be104d9 …");
    expect(quantity.either(["Rita Okafor", "Pat Nguyen"])).toBe("Rita Okafor or Pat Nguyen");
  });
});

describe("command", () => {
  it("puts each option on a line of its own and keeps quotes", () => {
    expect(command.parts("az backup job show --name 'a b' --query \"[?x=='y']\" --use-secondary-region")).toEqual([
      { flag: null, words: ["az", "backup", "job", "show"] },
      { flag: "--name", words: ["'a b'"] },
      { flag: "--query", words: ["\"[?x=='y']\""] },
      { flag: "--use-secondary-region", words: [] },
    ]);
  });
});
