"""The hints of exercises 07.1 to 07.5: the third is nearly the answer."""

EXERCISES = ()

HINTS = {
    "07.1": (
        "Without walls the ball would be at x + k v. Measure that from `low`, and call it u. What happens to u after "
        "one whole tour, there and back, of length 2 L?",
        "`u = (x - low + k * v) % (2 * length)`. In the first half of the tour the ball flies as it began; in the "
        "second half it comes back.",
        "`back = u > length`; return `low + np.where(back, 2 * length - u, u)` and `np.where(back, -v, v)`.",
    ),
    "07.2": (
        "Six lines: two means, two centred arrays, one solve, one comparison. Which uses `X_new`? Only the last.",
        "`W = np.linalg.solve(A.T @ A / N + l2 * np.eye(F), A.T @ B / N)` with A and B centred. The guess for new data "
        "is `(X_new - X.mean(0)) @ W + Y.mean(0)`.",
        "`1 - ((Y_new - guess) ** 2).sum(0) / ((Y_new - Y_new.mean(0)) ** 2).sum(0)`.",
    ),
    "07.3": (
        "Multiplying a row by 0 empties it, by 1 keeps it. What shape must a mask have to act on whole rows?",
        "`keep = ~reset[:, None]` has shape (B, 1) and multiplies h. What else must be multiplied by it?",
        "`return h * keep, torch.cat([z, a], dim=-1) * keep`.",
    ),
    "07.4": (
        "A loop of H rounds and two lists that begin with the start. In each round: first the memory, then the chance.",
        "In a round: `h = recur(h, z)` with the z of the round before, then `z = sample(prior(h))` with the new h.",
        "Append both to their lists after each round, and return `torch.stack(hs, dim=1), torch.stack(zs, dim=1)`.",
    ),
    "07.5": (
        "With a context of 10 the model saw frames 0 to 9. Which number has the first frame that it did not see?",
        "`dream[:, 0]` shows frame `context`. Which frame does `context - 1` name?",
        "`truth = frames[:, context : context + H]`.",
    ),
}
