/**
 * Draws of every scheme, hashed: the same on every engine, with any number of workers, interrupted or not.
 *
 * Plain JavaScript that any engine loads: `hashes(blmm, datasets, workers)` returns SHA-256 by case.
 */

/**
 * Rows that are large enough, or uneven enough, for the loops in WebAssembly: numbers from a congruential generator, so
 * that they are exact on every engine.
 */
function generated(n, groups, others) {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 16777216;
  };
  const label = (count) => `l${Math.floor(next() * count)}`;
  return Array.from({ length: n }, () => {
    const x = next();
    return { y: next() + next() + x, x, g: label(groups), h: label(others) };
  });
}

/** Every case: data set or its name, formula, options of `gibbs`, and of `lmm`. */
function cases({ normal, lkj, halfNormal, inverseWishart, exponential }) {
  const identity = [
    [400, 0],
    [0, 40],
  ];
  const slopes = "Reaction ~ Days + (Days | Subject)";
  const plates = "diameter ~ 1 + (1 | plate) + (1 | sample)";
  const priors = {
    beta: { Days: normal(10, 5) },
    sigma: exponential(0.05),
    terms: { Subject: lkj(2, halfNormal(30)) },
  };
  return [
    ["collapsed, slopes", "sleepstudy", slopes, { scheme: "collapsed" }],
    ["collapsed, intercepts", "Dyestuff", "Yield ~ 1 + (1 | Batch)", { scheme: "collapsed" }],
    ["collapsed, priors", "sleepstudy", slopes, { scheme: "collapsed", priors }],
    ["collapsed, nested", "Pastes", "strength ~ 1 + (1 | batch/cask)", { scheme: "collapsed" }],
    ["collapsed, crossed", "Penicillin", plates, { scheme: "collapsed" }],
    ["crossed", "Penicillin", plates, { scheme: "crossed" }],
    ["crossed, nested", "Pastes", "strength ~ 1 + (1 | batch/cask)", { scheme: "crossed" }],
    ["blocked", "sleepstudy", slopes, { scheme: "blocked" }],
    ["blocked, priors", "sleepstudy", slopes, { scheme: "blocked", priors }],
    ["blocked, cs", "cake", "angle ~ temp + cs(0 + recipe | replicate)", { scheme: "blocked" }],
    [
      "blocked, strata",
      "oats",
      "yield ~ nitrogen + (1 | block)",
      { scheme: "blocked" },
      { sigmaBy: "variety" },
    ],
    ["full-conditionals", "sleepstudy", slopes, { scheme: "full-conditionals" }],
    [
      "full-conditionals, inverse-Wishart",
      "sleepstudy",
      slopes,
      { scheme: "full-conditionals", priors: { terms: { Subject: inverseWishart(3, identity) } } },
    ],
    ["collapsed, uneven", generated(400, 60, 2), "y ~ x + (x | g)", { scheme: "collapsed" }],
    [
      "crossed, pairs met once",
      generated(7000, 100, 100),
      "y ~ x + (1 | g) + (1 | h)",
      { scheme: "crossed" },
    ],
    [
      "crossed, pairs met often",
      generated(14_000, 100, 100),
      "y ~ x + (1 | g) + (1 | h)",
      { scheme: "crossed" },
    ],
    ["auto, uncorrelated", "sleepstudy", "Reaction ~ Days + (Days || Subject)", {}],
  ];
}

async function sha256({ values }) {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Runs every case in one go, and in parts through JSON; the first also with 1, 2 and 4 workers. Throws where
 * they differ.
 *
 * @returns SHA-256 of all draws by case
 */
export async function hashes(blmm, datasets, workers) {
  const table = {};
  const common = { chains: 2, draws: 200, warmup: 50, seed: 20 };
  for (const [name, data, formula, options, modelOptions] of cases(blmm)) {
    const model = blmm.lmm(formula, typeof data === "string" ? datasets[data] : data, modelOptions);
    const whole = blmm.gibbsSync(model, { ...common, ...options });
    table[name] = await sha256(whole.draws);
    const part = blmm.gibbsSync(model, { ...common, ...options, draws: 70 });
    const later = await blmm.resume(model, JSON.parse(JSON.stringify(part.checkpoint())));
    if ((await sha256(later.extendSync(130).draws)) !== table[name]) throw new Error(`${name}: resumed`);
  }
  const model = blmm.lmm("Reaction ~ Days + (Days | Subject)", datasets.sleepstudy);
  const long = { chains: 4, draws: 60_000, seed: 20, keep: "hyper" };
  const name = "60 000 draws";
  table[name] = await sha256(blmm.gibbsSync(model, long).draws);
  for (const size of [1, 2, 4]) {
    let helped = 0;
    const runner = workers({ size });
    const counting = {
      crew(task, chains) {
        const crew = runner.crew(task, chains);
        const turns = async (...order) => {
          const done = await crew.turns(...order);
          helped++;
          return done;
        };
        return { ...crew, turns };
      },
    };
    const posterior = await blmm.gibbs(model, { ...long, runner: counting });
    if (helped === 0) throw new Error(`${size} workers: they did nothing`);
    if ((await sha256(posterior.draws)) !== table[name]) throw new Error(`${size} workers`);
  }
  return table;
}
