// The package from a CommonJS module.
async function main(): Promise<void> {
  const { answer } = await import("./answer.ts");
  console.log(
    await answer(await import("blmm"), await import("blmm/datasets"), await import("blmm/workers")),
  );
}

void main();
