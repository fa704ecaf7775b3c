import { describe, expect, it } from "vitest";
import { Resource } from "./resource.svelte";

/** A reading that answers when the test says so. */
function slow() {
  const answers: ((value: string) => void)[] = [];
  return { read: () => new Promise<string>((resolve) => answers.push(resolve)), answers };
}

describe("a resource", () => {
  it("is never left with an old value for whoever waited: an overtaken reading waits for the newer one", async () => {
    const { read, answers } = slow();
    const resource = new Resource(read);
    let waited = false;
    const first = resource.load().then(() => { waited = true; });
    void resource.load();
    answers[0]?.("old");
    await Promise.resolve();
    await new Promise((done) => setTimeout(done));
    expect(waited).toBe(false);
    expect(resource.value).toBeNull();
    answers[1]?.("new");
    await first;
    expect(resource.value).toBe("new");
  });
  it("keeps what a command answered over a reading that began before", async () => {
    const { read, answers } = slow();
    const resource = new Resource(read);
    const reading = resource.load();
    resource.set("answered");
    answers[0]?.("old");
    await reading;
    expect(resource.value).toBe("answered");
  });
});
