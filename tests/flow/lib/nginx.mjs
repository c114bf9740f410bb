// Debian's nginx with a file of configs/, as an unprivileged process in a folder of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const configs = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../configs");

/** Starts it with configs/NAME in its http block. @param change of its text: what differs on this machine
 *  @param more further lines of the http block @return {folder, pid} */
export async function nginx(t, name, change, more = "") {
  const folder = mkdtempSync(path.join(tmpdir(), "trunkshow-nginx-"));
  for (const sub of ["cache", "temp", "run"]) mkdirSync(path.join(folder, sub));
  const text = change(readFileSync(path.join(configs, name), "utf8"), folder);
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((k) => `${k}_temp_path ${folder}/temp/${k};`).join(" ");
  const conf = path.join(folder, "nginx.conf");
  writeFileSync(conf, `daemon off; worker_processes 1; pid ${folder}/run/pid; error_log ${folder}/error.log;
${process.getuid() === 0 ? "user root;" : ""}
events { worker_connections 4096; }
http { access_log off; ${temp}
${text}
${more}
}
`);
  const child = spawn("nginx", ["-c", conf, "-p", folder, "-e", `${folder}/error.log`], { stdio: "inherit" });
  const exited = once(child, "exit");
  t.after(async () => {
    child.kill("SIGTERM");
    await exited;
    const said = readFileSync(`${folder}/error.log`, "utf8").slice(-2000);
    if (said) t.diagnostic(said);
    rmSync(folder, { recursive: true, force: true });
  });
  let over = false;
  exited.then(() => (over = true));
  while (!existsSync(`${folder}/run/pid`)) {
    if (over) throw new Error(readFileSync(`${folder}/error.log`, "utf8"));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { folder, child };
}
