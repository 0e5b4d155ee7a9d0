/** One core of the stress of shared locks (test/sync/shared-stress.test.ts). */
import { takePart } from "../../chan/shared-core.ts";
import { type Plan, work } from "../../sync/shared-work.ts";
import { done, gate, join } from "../crew.ts";

const { machine, data } = join<Plan[]>();
const leave = takePart();
gate();
work(data[machine] as Plan).then(
  (had) => {
    leave();
    done(had);
  },
  (error: unknown) => {
    throw error;
  },
);
