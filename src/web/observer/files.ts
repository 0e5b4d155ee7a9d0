/**
 * The page's files: read once, when the observer starts, and found by their exact names. No request reaches the file system.
 *
 * A file with `.gz` behind its name is that file for clients that take gzip. The package has the large ones only so: for others they are unzipped here.
 */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gunzipSync } from "node:zlib";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};

export interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly zipped: Buffer | null;
}

const NO_PAGE = "gort: the page has not been built; /api/state and the others answer all the same\n";

/** The files of `folder` by their paths; with one line at / when there is no page. */
export function pageFiles(folder: string): Map<string, PageFile> {
  const found = new Map<string, PageFile>();
  const names = new Set(namesIn(folder));
  for (const one of names) {
    const name = one.replace(/\.gz$/, "");
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const zipped = names.has(`${name}.gz`) ? readFileSync(join(folder, `${name}.gz`)) : null;
    const plain = zipped !== null && !names.has(name) ? gunzipSync(zipped) : readFileSync(join(folder, name));
    found.set(`/${name}`, { type, plain, zipped });
  }
  found.set(
    "/",
    found.get("/index.html") ?? {
      type: "text/plain; charset=utf-8",
      plain: Buffer.from(NO_PAGE),
      zipped: null,
    },
  );
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
