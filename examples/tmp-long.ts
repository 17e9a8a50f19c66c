import { gibbs, lmm, inverseWishart, inverseGamma } from "blmm";
import { sleepstudy } from "blmm/datasets";
const m = lmm("Reaction ~ Days + (Days | Subject)", sleepstudy);
for (const scheme of ["blocked","full-conditionals"] as const) for (const df of [2,3]) { const p = await gibbs(m,{seed:3,draws:20000,scheme,priors:{sigma:inverseGamma(.001,.001),terms:{Subject:inverseWishart(df,[[1,0],[0,1]])}}});
 console.log(scheme,df); for (const r of p.summary()) if(/^(sd|cor)/.test(r.variable)) console.log("  ",r.variable,r.mean.toFixed(4),r.mcseMean.toFixed(4),r.median.toFixed(3),r["q2.5"].toFixed(3),r["q97.5"].toFixed(3),"ess",r.essBulk.toFixed(0),r.essTail.toFixed(0));}
