"""The exercises: one module for each chapter, chNN.py, with a tuple EXERCISES.

To add one:
1. In solutions/NN_name.py write the heading `### Exercise NN.k - title`, the line of difficulty, importance and
   minutes, the contract, and a cell with the function (its body between BEGIN and END SOLUTION) and the check line.
2. In chNN.py write its check. It calls `answer(...)` as a learner would call the function, reads what comes back with
   `as_number` or `as_array`, compares it with a closed form or a law, and raises `Wrong(key, message)`: one key for
   each idea that can go wrong, a message in words meant for it, with the learner's own numbers.
3. In tests/wrong_answers/chNN.py write at least 4 wrong answers, one for each key, and 2 right ones.
4. `make chapters`, then `pytest -k exNN_k`.
"""
