/** One core of the stress of shared channels (test/chan/shared-stress.test.ts). */
import { takePart } from "../../chan/shared-core.ts";
import { type Plan, work } from "../../chan/shared-work.ts";
import { done, gate, join } from "../crew.ts";

const { machine, data } = join<Plan[]>();
const leave = takePart();
gate();
work(machine, data[machine] as Plan).then(
  (got) => {
    leave();
    done(got);
  },
  (error: unknown) => {
    throw error;
  },
);
