import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const root = join(import.meta.dirname, "../..");

/** One tenant of the demonstration tree, as `tierkeep demo --json` prints it. */
export type DemoTenant = {
  id: string;
  name: string;
  level: string;
  variant?: string;
  edition?: string;
  parent?: string;
  /** Null for those who cannot sign in: anonymous customers, and the built-in reseller. */
  sign_in: { address: string; email: string; password: string } | null;
  api_key: string | null;
};
export type Demo = { address: string; tenants: DemoTenant[] };

declare module "vitest" {
  interface ProvidedContext {
    demo: Demo;
    /** The folder with the two programs. */
    programs: string;
  }
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });

const programs = join(root, "build");

/** A whole platform in a folder of its own, which goes when it stops. */
export async function startPlatform() {
  const folder = mkdtempSync(join(tmpdir(), "tierkeep-e2e-"));
  const env = {
    ...process.env,
    TIERKEEP_ADDR: `127.0.0.1:${await freePort()}`,
    TIERKEEP_DATA: join(folder, "data"),
    TIERKEEP_VAULT_ADDR: `127.0.0.1:${await freePort()}`,
    // People of these tests are a few seconds old when they decide.
    TIERKEEP_DECIDER_AGE: "1ms",
  };
  const platform = spawn(join(programs, "tierkeep"), ["run"], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const stop = async () => {
    const ended = new Promise((resolve) => platform.once("exit", resolve));
    platform.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { env, stop, link: await printed(platform, /https?:\/\/\S+\/link#\S+/) };
}

/** One platform for all tests, filled with the demonstration tree. */
export default async function setup(project: TestProject) {
  const { env, stop } = await startPlatform();
  const { stdout } = await promisify(execFile)(join(programs, "tierkeep"), ["demo", "--seed", "1", "--json"], {
    cwd: root,
    env,
    maxBuffer: 16 * 1024 * 1024,
  });
  project.provide("demo", JSON.parse(stdout) as Demo);
  project.provide("programs", programs);
  return stop;
}

/** The first match in what a process prints; what it printed, when it ends before. */
function printed(process: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const found = wanted.exec(text);
      if (found) resolve(found[0]);
    };
    process.stdout?.on("data", read);
    process.stderr?.on("data", read);
    process.once("error", reject);
    process.once("exit", (code) => reject(new Error(`the platform ended with ${code} before it printed a link:\n${text}`)));
  });
}
