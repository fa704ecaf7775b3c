/** What is typed to make a connection. No private key and no client secret is ever in it. */

import { asProblem, type Api, type CertificateView, type Problem } from "$lib/ipc/client";

export const CLOUDS = [["public", "Public"], ["usgov", "US Government"], ["china", "China"]] as const;
export const KINDS = [
  ["azure-cli", "Azure CLI", "Uses the account that az login signed in on this computer."],
  ["azure-developer-cli", "Azure Developer CLI", "Uses the account that azd auth login signed in on this computer."],
  ["managed-identity", "Managed identity", "For a machine of Azure. The client id chooses among several identities."],
  ["workload-identity", "Workload identity", "For a workload of Kubernetes, with its projected token."],
  ["client-certificate", "Client certificate", "An application’s certificate with its private key, kept in the keyring of this computer."],
  ["client-secret", "Client secret", "An application’s secret, kept in the keyring of this computer."],
] as const;

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SHORTEST = 12;
/** What a keyring that keeps nothing answers. */
const NO_KEYRING = ["connection.no_keyring", "key.no_keyring", "key.keyring_locked", "key.keyring_failed"];

export class ConnectionForm {
  readonly #api: Api;
  name = $state("");
  cloud = $state<string>("public");
  credential = $state<string>("azure-cli");
  tenant = $state("");
  subscription = $state("");
  clientId = $state("");
  certificate = $state.raw<CertificateView | null>(null);
  /** The passphrase of the certificate's file. */
  ofTheFile = $state("");
  /** What the certificate is kept under where there is no keyring. */
  passphrase = $state("");
  again = $state("");
  /** Why no keyring keeps it, once that was tried. */
  keyring = $state.raw<Problem | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  choosing = $state(false);

  constructor(api: Api) {
    this.#api = api;
  }

  get kind(): (typeof KINDS)[number] {
    return KINDS.find(([word]) => word === this.credential) ?? KINDS[0];
  }
  get bySecret(): boolean {
    return this.credential === "client-secret";
  }
  get byCertificate(): boolean {
    return this.credential === "client-certificate";
  }
  get application(): boolean {
    return this.bySecret || this.byCertificate;
  }
  get named(): boolean {
    return this.application || this.credential.endsWith("identity");
  }
  wrong(text: string): string | null {
    return text.trim() && !ID.test(text.trim()) ? "Not an id: 36 characters, as the portal shows it" : null;
  }
  get wrongName(): string | null {
    return this.name && !/^[a-z0-9][a-z0-9-]{0,39}$/.test(this.name.trim()) ? "Small letters, digits and hyphens, at most 40" : null;
  }
  get short(): string | null {
    return this.passphrase && this.passphrase.length < SHORTEST ? `At least ${SHORTEST} characters, such as six random words` : null;
  }
  get differs(): string | null {
    return this.again && this.again !== this.passphrase ? "Not the same" : null;
  }
  /** Why it cannot be kept yet. */
  get missing(): string | null {
    if (!this.name.trim() || !this.tenant.trim() || !this.subscription.trim()) return "Name, tenant and subscription are needed";
    if (this.wrongName || this.wrong(this.tenant) || this.wrong(this.subscription)) return "Mend what is red first";
    if (!this.byCertificate) return null;
    if (!this.clientId.trim()) return "The application’s id is needed";
    if (!this.certificate) return "Choose the certificate";
    if (this.certificate.locked && !this.ofTheFile) return "Type the passphrase of the file";
    if (!this.keyring) return null;
    if (!this.passphrase) return "Type a passphrase to keep it under";
    return this.short ?? this.differs ?? (this.again ? null : "Type the passphrase a second time");
  }
  get line(): string {
    const given = (text: string) => text.trim() || "ID";
    return `drillbook connection add ${this.name.trim() || "NAME"} --cloud ${this.cloud} --tenant ${given(this.tenant)} --subscription ${given(this.subscription)} --credential client-secret --client-id ${given(this.clientId)}`;
  }

  async choose(): Promise<void> {
    this.choosing = true;
    this.problem = null;
    this.ofTheFile = "";
    this.certificate = null;
    try {
      this.certificate = await this.#api.chooseCertificate();
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
    this.choosing = false;
  }

  /** Keeps the connection; tells whether it was kept. */
  async keep(): Promise<boolean> {
    if (this.missing || this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      const { byCertificate: mine } = this;
      await this.#api.addConnection({
        name: this.name.trim(), cloud: this.cloud, tenant: this.tenant.trim(), subscription: this.subscription.trim(), credential: this.credential,
        clientId: this.clientId.trim() || null, certificatePassphrase: (mine && this.certificate?.locked && this.ofTheFile) || null, passphrase: (mine && this.keyring && this.passphrase) || null,
      });
      return true;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (this.byCertificate && NO_KEYRING.includes(problem.code)) this.keyring = problem;
      else this.problem = problem;
    } finally {
      this.busy = false;
    }
    return false;
  }
}
