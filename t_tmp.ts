import {readFileSync} from "node:fs"; import {gunzipSync} from "node:zlib";
import {lmm,reml,parseCsv} from "./src/index.ts";
import {criterion,evaluate} from "./src/reml/criterion.ts";
import {factorize} from "./src/linalg/blockCholesky.ts";
import {selectedInverse} from "./src/linalg/blockSolve.ts";
import {choleskyInto,inverseFromCholeskyInto} from "./src/linalg/cholesky.ts";
const T=(n:string,f:()=>any)=>{const a=process.cpuUsage().user;const w=performance.now(); const r=f(); console.log(n,((process.cpuUsage().user-a)/1e3).toFixed(0),"ms cpu",(performance.now()-w).toFixed(0),"wall"); return r;};
const t=T("csv",()=>parseCsv(gunzipSync(readFileSync("/work/shared/data/InstEval.csv.gz")).toString()));
const m=T("lmm",()=>lmm("y ~ service + (1 | s) + (1 | d) + (1 | dept)",t));
T("cross",()=>m.crossProducts);
const P=T("crit",()=>criterion(m,"REML")); const th=Float64Array.from([.3,.4,.1]); const g=new Float64Array(3);
for(let i=0;i<2;i++){T("value",()=>evaluate(P,th)); T("value+grad",()=>evaluate(P,th,g));}
const n=P.factor.plan.core; console.log("core",n); 
const A=new Float64Array(n*n); for(let i=0;i<n;i++){for(let j=0;j<=i;j++)A[i+j*n]=1/(1+Math.abs(i-j)); A[i+i*n]=n;}
for(let i=0;i<3;i++){const B=A.slice(); T("chol",()=>choleskyInto(B,n)); const C=new Float64Array(n*n); T("inv",()=>inverseFromCholeskyInto(C,B,n,n));}
if(process.argv[2]){const f=T("reml",()=>reml(m)); console.log(f.criterion,f.convergence);}
