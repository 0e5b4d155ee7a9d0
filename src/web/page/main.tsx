/**
 * The live page: what a gort program's scheduler does, as it does it. docs/design/page.md.
 */
import { render } from "preact";
import { openAddress } from "./address.ts";
import { Channels } from "./channels.tsx";
import { Counters } from "./counters.tsx";
import { Detail } from "./detail.tsx";
import { Goroutines } from "./goroutines.tsx";
import { Header } from "./header.tsx";
import { Help } from "./help.tsx";
import { hearKeys } from "./keys.ts";
import { Lanes } from "./lanes.tsx";
import "./page.css";
import { startPolling } from "./polling.ts";
import { state } from "./store.ts";
import { Summary } from "./summary.tsx";
import { TheEnd } from "./the-end.tsx";
import { startTheme } from "./theme.ts";
import { WaitFor } from "./wait-for.tsx";
import { Warnings } from "./warnings.tsx";

function Page() {
  return (
    <>
      <Header />
      {state.value === null ? null : (
        <main>
          <TheEnd />
          <Summary />
          <Warnings />
          <Lanes />
          <Counters />
          <div class="columns">
            <Detail />
            <div class="column">
              <Goroutines />
              <Channels />
              <WaitFor />
            </div>
          </div>
        </main>
      )}
      <Help />
    </>
  );
}

openAddress();
startTheme();
hearKeys();
const at = document.getElementById("page")!;
at.replaceChildren();
render(<Page />, at);
startPolling();
