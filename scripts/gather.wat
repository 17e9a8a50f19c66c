;; The inner loops of src/linalg/gather.ts for factors of one column, addition by addition in the same order.
;;
;; Memory holds, where src/linalg/compiledGather.ts puts them: the effects b, `out`, for every row the address at which
;; its entries end, the entries, each the address of an effect, and their values.
(module
  (import "gather" "memory" (memory 1))

  ;; out[row] -= sum of the effects that the entries of the row point at.
  (func (export "ones") (param $out i32) (param $last i32) (param $ends i32) (param $entry i32)
    (local $end i32) (local $s0 f64) (local $s1 f64) (local $s2 f64) (local $s3 f64)
    (loop $row
      (local.set $end (i32.load (local.get $ends)))
      (local.set $s0 (f64.const 0))
      (local.set $s1 (f64.const 0))
      (local.set $s2 (f64.const 0))
      (local.set $s3 (f64.const 0))
      (block $rest
        (loop $eight
          (br_if $rest (i32.gt_u (i32.add (local.get $entry) (i32.const 32)) (local.get $end)))
          (local.set $s0 (f64.add (local.get $s0) (f64.add
            (f64.load (i32.load (local.get $entry)))
            (f64.load (i32.load offset=16 (local.get $entry))))))
          (local.set $s1 (f64.add (local.get $s1) (f64.add
            (f64.load (i32.load offset=4 (local.get $entry)))
            (f64.load (i32.load offset=20 (local.get $entry))))))
          (local.set $s2 (f64.add (local.get $s2) (f64.add
            (f64.load (i32.load offset=8 (local.get $entry)))
            (f64.load (i32.load offset=24 (local.get $entry))))))
          (local.set $s3 (f64.add (local.get $s3) (f64.add
            (f64.load (i32.load offset=12 (local.get $entry)))
            (f64.load (i32.load offset=28 (local.get $entry))))))
          (local.set $entry (i32.add (local.get $entry) (i32.const 32)))
          (br $eight)))
      (block $done
        (loop $one
          (br_if $done (i32.ge_u (local.get $entry) (local.get $end)))
          (local.set $s0 (f64.add (local.get $s0) (f64.load (i32.load (local.get $entry)))))
          (local.set $entry (i32.add (local.get $entry) (i32.const 4)))
          (br $one)))
      (f64.store (local.get $out) (f64.sub (f64.load (local.get $out))
        (f64.add
          (f64.add (local.get $s0) (local.get $s1))
          (f64.add (local.get $s2) (local.get $s3)))))
      (local.set $ends (i32.add (local.get $ends) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (br_if $row (i32.lt_u (local.get $out) (local.get $last)))))

  ;; The same with each effect times the value of its entry; `value` is the address of the first value.
  (func (export "scalars") (param $out i32) (param $last i32) (param $ends i32) (param $entry i32) (param $value i32)
    (local $end i32) (local $s0 f64) (local $s1 f64) (local $s2 f64) (local $s3 f64)
    (loop $row
      (local.set $end (i32.load (local.get $ends)))
      (local.set $s0 (f64.const 0))
      (local.set $s1 (f64.const 0))
      (local.set $s2 (f64.const 0))
      (local.set $s3 (f64.const 0))
      (block $rest
        (loop $four
          (br_if $rest (i32.gt_u (i32.add (local.get $entry) (i32.const 16)) (local.get $end)))
          (local.set $s0 (f64.add (local.get $s0) (f64.mul
            (f64.load (local.get $value))
            (f64.load (i32.load (local.get $entry))))))
          (local.set $s1 (f64.add (local.get $s1) (f64.mul
            (f64.load offset=8 (local.get $value))
            (f64.load (i32.load offset=4 (local.get $entry))))))
          (local.set $s2 (f64.add (local.get $s2) (f64.mul
            (f64.load offset=16 (local.get $value))
            (f64.load (i32.load offset=8 (local.get $entry))))))
          (local.set $s3 (f64.add (local.get $s3) (f64.mul
            (f64.load offset=24 (local.get $value))
            (f64.load (i32.load offset=12 (local.get $entry))))))
          (local.set $entry (i32.add (local.get $entry) (i32.const 16)))
          (local.set $value (i32.add (local.get $value) (i32.const 32)))
          (br $four)))
      (block $done
        (loop $one
          (br_if $done (i32.ge_u (local.get $entry) (local.get $end)))
          (local.set $s0 (f64.add (local.get $s0) (f64.mul
            (f64.load (local.get $value))
            (f64.load (i32.load (local.get $entry))))))
          (local.set $entry (i32.add (local.get $entry) (i32.const 4)))
          (local.set $value (i32.add (local.get $value) (i32.const 8)))
          (br $one)))
      (f64.store (local.get $out) (f64.sub (f64.load (local.get $out))
        (f64.add
          (f64.add (local.get $s0) (local.get $s1))
          (f64.add (local.get $s2) (local.get $s3)))))
      (local.set $ends (i32.add (local.get $ends) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (br_if $row (i32.lt_u (local.get $out) (local.get $last)))))
)
