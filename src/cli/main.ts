#!/usr/bin/env node
/**
 * The command `gort`.
 */
import { VERSION } from "../runtime/singleton.ts";
import { type Command, EXIT_USAGE, HELP, parseCommand, UsageError } from "./args.ts";
import { runFile } from "./commands/run.ts";

async function main(): Promise<void> {
  try {
    await execute(parseCommand(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = EXIT_USAGE;
  }
}

async function execute(command: Command): Promise<void> {
  switch (command.name) {
    case "run":
      return runFile(command);
    case "top":
      return (await import("./commands/top.ts")).runTop(command);
    case "trace":
      return (await import("./commands/trace.ts")).traceFile(command);
    case "version":
      return console.log(
        `gort ${VERSION} (node ${process.versions.node}, ${process.platform}/${process.arch})`,
      );
    case "help":
      process.stdout.write(HELP);
  }
}

void main();
