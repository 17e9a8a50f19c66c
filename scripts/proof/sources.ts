/** Whose figures docs/accuracy.md compares, and which tests compare them. */

/** A kind of figure: tests and figures whose names match belong to it. */
export type Kind = readonly [name: string, test: RegExp, what: RegExp];

/** Figures of one program. */
export interface Source {
  readonly title: string;
  /** The program and where its numbers are. */
  readonly about: string;
  /** Test files, from test/. */
  readonly files: readonly string[];
  /** What of a test's name says which model or data it is about. */
  readonly where?: RegExp;
  /** Judged in turn; comparisons within the library, which the same tests make, belong to none. */
  readonly kinds: readonly Kind[];
}

const any = /(?:)/;

const MODEL = /^\S+(?= agrees)|\b(ml|reml)(?=\()/g;

const ESTIMATES: readonly Kind[] = [
  ["criterion", any, /^(criterion|at \[)/],
  ["log-likelihood, AIC, BIC", any, /^(logLik|AIC|BIC)/],
  ["coefficients", /fixed effects/, /^beta/],
  ["standard errors", /fixed effects/, /^se /],
  ["t values", /fixed effects/, /^t /],
  ["Wald limits", /fixed effects/, /^(lower|upper)/],
  ["covariances and correlations of coefficients", /fixed effects/, /^(vcov|cor)/],
  ["theta", /variances/, /^theta/],
  ["sigma", /variances/, /^sigma/],
  ["SDs", /variances/, /^sd/],
  ["correlations", /variances/, /^cor/],
  ["variances and covariances", /variances/, /^cov/],
  ["fitted values and residuals", /fitted\(\) and residuals/, any],
  ["predictions", /predict\(\)/, any],
  ["conditional modes and coefficients of groups", /ranef\(\)/, /^(ranef|coef)/],
  ["conditional SDs and covariances", /ranef\(\)/, /cond/],
];

/** Programs whose answers are numbers: digits are counted. */
export const exactSources: readonly Source[] = [
  {
    title: "Estimates: lme4",
    about: "lme4 1.1-31 with tight tolerances, then Newton steps on its own criterion; by REML and ML.",
    files: ["reml/reference.test.ts"],
    where: MODEL,
    kinds: ESTIMATES,
  },
  {
    title: "Estimates of InstEval (73 421 rows): lme4",
    about: "The same for three models with crossed factors, whose theta lme4 finds to 10⁻⁸.",
    files: ["slow/instEval.test.ts"],
    where: MODEL,
    kinds: ESTIMATES,
  },
  {
    title: "Estimates and tests: nlme",
    about: "nlme 3.1-162, whose search stops some 10⁻⁷ standard errors short of the optimum.",
    files: ["reml/containment.test.ts"],
    where: /(?<=: )\w+$/g,
    kinds: [
      ["log-likelihood, AIC, BIC", any, /^(logLik|AIC|BIC)/],
      ["SDs", any, /^(sigma|sd)/],
      ["covariances and correlations of coefficients", any, /^(vcov|cor) \d/],
      ["containment: degrees of freedom", any, / df$/],
      ["containment: t, F", any, / (t|F)$/],
    ],
  },
  {
    title: "Structured variances: nlme",
    about:
      "nlme 3.1-162 (`pdCompSymm`, `varIdent`), tolerances tightened. nlme searches without a gradient and stops short of the optimum: the criterion at its own estimates shows what the two programs agree to.",
    files: ["reml/structures.test.ts"],
    where: /(?<=> ).+/g,
    kinds: [
      ["criterion at nlme's estimates", any, /^criterion/],
      ["coefficients", any, /^beta/],
      ["standard errors", any, /^se /],
      ["residual SDs", any, /^sigma/],
      ["variances and covariances", any, /^cov/],
    ],
  },
  {
    title: "Tests: lmerTest, pbkrtest",
    about:
      "lmerTest 3.1-3 and pbkrtest 0.5.2. lmerTest takes the derivatives behind Satterthwaite's degrees of freedom from differences, good to six digits or so. P-values below 1e-6 are compared by their logarithms.",
    files: ["reml/tests.test.ts"],
    where: /(?<=^the tests of )\S+|(?<=lmerTest's: ).+/g,
    kinds: [
      ["Satterthwaite: degrees of freedom", /Satterthwaite/, /(df|Df)$/],
      ["Satterthwaite: t, F", /Satterthwaite/, / (t|F)$/],
      ["Satterthwaite: p", /Satterthwaite/, / p$/],
      ["Kenward–Roger: degrees of freedom", /Kenward/, /(df|Df)$/],
      ["Kenward–Roger: t, F", /Kenward/, / (t|F)$/],
      ["Kenward–Roger: p", /Kenward/, / p$/],
      ["Kenward–Roger: adjusted covariance", /Kenward/, /^adjusted/],
      ["sums of squares", /Satterthwaite|Kenward/, /sum of squares$/],
      ["estimates and standard errors", /Satterthwaite|Kenward/, /(estimate|se)$/],
      ["tests of random terms (ranova)", /ranova/, any],
      ["unbalanced designs, types I, II and III", /unbalanced/, /(?<!rows)$/],
    ],
  },
  {
    title: "Means, contrasts and other tests: emmeans, multcomp, lme4, R",
    about:
      "emmeans 1.8.4-1, multcomp 1.4-22, `anova()` of lme4, `lm()` and `predict()` of R 4.2.2 and lme4. multcomp integrates by random points, good to three or four digits; R's studentized range is good to some 10⁻⁹, which a p-value below 1e-6 shows.",
    files: ["reml/emmeans.test.ts", "reml/anova.test.ts", "reml/lm.test.ts", "reml/predict.test.ts"],
    where: /(?<=> ).+/g,
    kinds: [
      ["likelihood-ratio tests", /has lme4's table/, any],
      ["means and contrasts: estimates, standard errors", /agree with R/, /(estimate|se)$/],
      ["means and contrasts: degrees of freedom", /agree with R/, /df$/],
      ["limits and p by multcomp", /multcomp/, /( |^)(lower|upper|p|z)$/],
      ["means and contrasts: limits", /agree with R/, /(lower|upper)$/],
      ["means and contrasts: logarithms of p below 1e-6", /agree with R/, /^log .* p$/],
      ["means and contrasts: p", /agree with R/, / p( of R)?$/],
      ["lm()", /lm\(\) agrees with R/, any],
      ["predictions", /agree with lme4/, any],
    ],
  },
  {
    title: "Diagnostics: posterior, coda, bayestestR",
    about:
      "posterior 1.4.0, coda 0.19-4, bayestestR 0.13.0, on 23 sets of draws from white noise to a single sticky value.",
    files: ["posterior/diagnostics.test.ts"],
    where: /(?<=reference draws )\S+/g,
    kinds: [
      ["R-hat", any, /^rhat/],
      ["ESS", any, /^ess/],
      ["MCSE", any, /^mcse/],
      ["autocorrelations", any, /^lag/],
      ["Geweke's z, spectra", any, /^(geweke|spectrum)/],
      ["highest-density intervals", any, /^(HPD|hdi)/],
      ["means, SDs, quantiles", any, any],
    ],
  },
  {
    title: "Leave-one-out: loo",
    about: "loo 2.5.1.",
    files: ["posterior/loo.test.ts"],
    where: /(?<=> ).+/g,
    kinds: [
      ["elpd, p, looic and standard errors", any, /^(elpd|p |looic|se)/],
      ["Pareto k and sigma", any, /^(k |k$|sigma)/],
      ["waic, comparisons", any, any],
    ],
  },
  {
    title: "Printed figures of textbooks",
    about:
      "353 figures of five printed analyses, to the digits behind the print. Where a print stopped short of the optimum, the optimum is the reference.",
    files: ["seeds.test.ts"],
    where: /(?<=> )seed \d+/g,
    kinds: [
      ["profile limits", any, /profile/],
      ["p-values", any, /(^|\W)p($|\W)|Pr\(/],
      ["everything else", any, any],
    ],
  },
];

const schemes = ["collapsed", "crossed", "blocked", "full-conditionals"];

/** Programs whose answers have Monte Carlo errors, and quadrature: distances are in those errors. */
export const sampledSources: readonly Source[] = [
  {
    title: "Posteriors: quadrature",
    about:
      "Means and 5% and 95% quantiles of every parameter and effect, by deterministic quadrature of the posterior.",
    files: ["gibbs/reference.test.ts"],
    kinds: schemes.map((scheme): Kind => [scheme, new RegExp(`the ${scheme} scheme`), /^exact-/]),
  },
  {
    title: "Posteriors: JAGS",
    about: "The same by JAGS 4.3.1 (rjags 4-13), some 10⁵ draws; Monte Carlo errors of both sides count.",
    files: ["gibbs/reference.test.ts", "gibbs/student.test.ts", "gibbs/knownSigma.test.ts"],
    kinds: [
      ...schemes.map((scheme): Kind => [scheme, new RegExp(`the ${scheme} scheme`), /^(?!exact-)/]),
      ["known residual variances", /eight schools/, any],
      ["Student-t residuals and effects", /of JAGS >/, any],
    ],
  },
];
