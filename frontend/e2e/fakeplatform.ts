import type { TestProject } from "vitest/node";
export default async (project: TestProject) => {
  project.provide("address", "http://localhost:8099");
  project.provide("link", "http://localhost:8099/link#good");
  project.provide("programs", "/tmp");
  project.provide("demo", { tenants: [{ id: "ten_sup", name: "Northgate Backup", level: "supplier", sign_in: { email: "a@b.example", password: "x" } }, { id: "ten_res", name: "Havenlicht ICT", level: "reseller", variant: "whitelabel", portal: "http://havenlicht.localhost:8099", sign_in: { email: "a@b.example", password: "x" } }] } as never);
};
