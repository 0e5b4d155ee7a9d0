/**
 * The first module of a worker's, where the program needs the command's loader hooks: a worker does not inherit
 * what was registered in code.
 */
import "../index.ts";
import { installLoader } from "./loader.ts";

// gort itself is loaded by now, and nothing of the program.
installLoader();
