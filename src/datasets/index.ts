/**
 * Classic data sets, as arrays of rows that `lmm()` takes as they are.
 *
 * @module
 */

export { type CakeRow, cake } from "./cake.ts";
export { type ClustersRow, clusters } from "./clusters.ts";
export { Dyestuff, type DyestuffRow } from "./Dyestuff.ts";
export { Dyestuff2, type Dyestuff2Row } from "./Dyestuff2.ts";
export { type EightSchoolsRow, eightSchools } from "./eightSchools.ts";
export { type OatsRow, oats } from "./oats.ts";
export { Pastes, type PastesRow } from "./Pastes.ts";
export { Penicillin, type PenicillinRow } from "./Penicillin.ts";
export type { Dataset } from "./rows.ts";
export { type SleepstudyRow, sleepstudy } from "./sleepstudy.ts";
export { type TabletsRow, tablets } from "./tablets.ts";
export { type TabletsMissingRow, tabletsMissing } from "./tabletsMissing.ts";
