import { existsSync } from "node:fs";
import { join } from "node:path";
import postgresClient, { type Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gibbsSync } from "../../src/gibbs/gibbs.ts";
import { lmm } from "../../src/model/lmm.ts";
import { reml } from "../../src/reml/fit.ts";
import { lmmFromSql, postgres, type SqlRows } from "../../src/sql/index.ts";
import { deviation } from "./deviation.ts";
import { type Engine, fill, startPostgresEngine } from "./engines.ts";
import { postgresPrograms, startPostgres } from "./postgresServer.ts";

const programs = postgresPrograms();
const extensions = programs?.replace(/lib\/postgresql\/(\d+)\/bin$/, "share/postgresql/$1/extension") ?? "";
const absent = !existsSync(join(extensions, "postgres_fdw.control"));

/** 600 rows in 40 groups and 12 crossed items, with weights and a factor. */
function visits(): Record<string, unknown>[] {
  let state = 99;
  const uniform = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  const patients = Array.from({ length: 40 }, () => [uniform() * 8, uniform()]);
  return Array.from({ length: 600 }, (_, i) => {
    const [high, steep] = patients[i % 40];
    const week = Math.floor(i / 40) + uniform();
    return {
      score: 500 + high + (2 + steep) * week + (i % 12) / 3 + 2 * uniform(),
      week,
      patient: `p${i % 40}`,
      number: 1000 + (i % 40),
      item: i % 12,
      arm: ["placebo", "low", "high"][Math.floor(uniform() * 3)],
      w: 0.5 + uniform(),
      gap: i === 5 ? null : 1 + uniform(),
    };
  });
}

/** Nodes of a plan that read from another server. */
interface PlanNode {
  readonly "Node Type": string;
  readonly Relations?: string;
  readonly Plans?: readonly PlanNode[];
}
function foreignScans(node: PlanNode): PlanNode[] {
  const own = node["Node Type"] === "Foreign Scan" ? [node] : [];
  return [...own, ...(node.Plans ?? []).flatMap(foreignScans)];
}

describe.skipIf(absent)(`a table over two servers${absent ? " (postgres_fdw is not installed)" : ""}`, () => {
  const data = visits();
  const shards: Engine[] = [];
  let coordinator: { url: string; stop: () => void };
  let client: Sql;
  beforeAll(async () => {
    coordinator = await startPostgres(programs as string);
    client = postgresClient(coordinator.url, { max: 1, onnotice: () => {} });
    await client.unsafe("CREATE EXTENSION postgres_fdw");
    const columns =
      "score FLOAT8, week FLOAT8, patient TEXT, number INTEGER, item INTEGER, arm TEXT, w FLOAT8, gap FLOAT8";
    for (const key of ["patient", "number"])
      await client.unsafe(`CREATE TABLE by_${key} (${columns}) PARTITION BY HASH (${key})`);
    for (const s of [0, 1]) {
      const shard = (await startPostgresEngine()) as Engine;
      shards.push(shard);
      // Rows are dear to move, as between machines.
      await client.unsafe(
        `CREATE SERVER s${s} FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '${new URL(shard.url as string).port}', dbname 'postgres', fdw_tuple_cost '1');
         CREATE USER MAPPING FOR postgres SERVER s${s} OPTIONS (user 'postgres')`,
      );
      for (const key of ["patient", "number"]) {
        await shard.run(`CREATE TABLE ${key}s (${columns})`);
        await client.unsafe(
          `CREATE FOREIGN TABLE by_${key}_${s} PARTITION OF by_${key} FOR VALUES WITH (MODULUS 2, REMAINDER ${s})
           SERVER s${s} OPTIONS (table_name '${key}s')`,
        );
      }
    }
    await fill({ run: (text) => client.unsafe(text) }, "rows", data);
    for (const key of ["patient", "number"])
      await client.unsafe(
        `INSERT INTO by_${key} SELECT score, week, patient, number, item, arm, w, gap FROM rows; ANALYZE by_${key}`,
      );
    await client.unsafe("SET enable_partitionwise_aggregate = on");
  }, 60_000);
  afterAll(async () => {
    await client?.end({ timeout: 1 });
    for (const shard of shards) await shard.stop();
    coordinator?.stop();
  });

  /** A source that notes the scans of other servers in the plans of its queries. */
  function watched(table: string): {
    source: ReturnType<typeof postgres>;
    scans: { text: string; relations: string | undefined }[];
  } {
    const scans: { text: string; relations: string | undefined }[] = [];
    const source = postgres(client, table);
    const query = async (text: string): Promise<SqlRows> => {
      if (text.startsWith("WITH")) {
        const [row] = await client.unsafe(`EXPLAIN (VERBOSE, FORMAT JSON) ${text}`);
        for (const { Relations } of foreignScans(row["QUERY PLAN"][0].Plan))
          scans.push({ text, relations: Relations });
      }
      return source.query(text);
    };
    return { source: { ...source, query }, scans };
  }

  it.each([
    ["patient", "score ~ week + (week | patient)", {}],
    ["patient", "score ~ week * arm + (1 | patient) + (1 | item)", { weights: "w" }],
    ["number", "score ~ log(gap) + scale(I(week / 2)) + factor(item) + arm + (1 | number)", {}],
  ] as const)("by %s: %s", async (partition, formula, options) => {
    const { source, scans } = watched(`by_${partition}`);
    const model = await lmmFromSql(formula, source, { ...options, partition });
    const rows = lmm(formula, data, options);
    // At least the counts, the levels, the moments and two queries of blocks, on both servers.
    expect(scans.length).toBeGreaterThanOrEqual(10);
    expect(scans.filter(({ relations }) => !relations?.startsWith("Aggregate on ("))).toEqual([]);
    // Sums of 600 products in another order: √n roundings of 1e-16, times the condition of X.
    expect(deviation(model.crossProducts, rows.crossProducts)).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(reml(model).criterion - reml(rows).criterion)).toBeLessThanOrEqual(1e-8);
    const settings = { seed: 1, chains: 1, draws: 20, warmup: 20 };
    const [a, b] = [gibbsSync(model, settings), gibbsSync(rows, settings)];
    for (const variable of b.draws.variables) {
      const [x, y] = [a.draws.get(variable), b.draws.get(variable)];
      const size = Math.max(...y.map(Math.abs));
      x.forEach((value, i) => {
        expect(Math.abs(value - y[i]) / size).toBeLessThanOrEqual(1e-6);
      });
    }
  });

  it("without `partition` the rows come to the coordinator, and the fit is the same", async () => {
    const formula = "score ~ week + (week | patient)";
    const { source, scans } = watched("by_patient");
    const model = await lmmFromSql(formula, source);
    expect(scans.some(({ relations }) => relations === undefined)).toBe(true);
    expect(deviation(model.crossProducts, lmm(formula, data).crossProducts)).toBeLessThanOrEqual(1e-12);
  });
});
