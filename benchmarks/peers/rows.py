"""The nineteen rules over columns of windows, for pandas."""

from __future__ import annotations


def select(np, common, x):
    """Return the verdict codes of each rule as arrays."""
    st = x["st"].to_numpy()
    kind = x["customer_type"].to_numpy()
    inside = x["inside"].to_numpy()

    def flag(name):
        values = x[name]
        return (values == True).to_numpy(), (values == False).to_numpy()  # noqa: E712

    zero, not_zero = flag("three_zero")
    firm, not_firm = flag("micro_small")
    source = x["source_count"]
    no_source = source.isna().to_numpy()
    low = kind == "lv_nonresident"
    never = np.zeros(len(x), dtype=bool)
    unclear = ~zero & ~not_zero
    who = {
        "resident": (kind != "resident", never),
        "zero": (~low | not_zero, unclear),
        "other": (~low | zero, unclear),
        "one": ((kind != "hv") | (~no_source & (source != 1).to_numpy()), no_source),
        "two": ((kind != "hv") | (source == 1).to_numpy(), no_source),
        "hv": (kind != "hv", never),
        "lv": (kind == "hv", never),
        "all": (never, never),
    }
    open_, gone = (st == 1, common.PENDING), (st == 2, common.EXCLUDED)

    def rule(population, *tests):
        outside, unknown = population
        listed = [
            (outside, common.NOT_APPLICABLE), (unknown, common.UNDETERMINED),
            (~inside, common.EXCLUDED), *tests,
        ]  # fmt: skip
        where, codes = zip(*listed, strict=True)
        return np.select(list(where), list(codes), common.PASS).astype("uint8")

    def whole(name, most):
        return rule(who[name], ((x["wp"] > most).to_numpy(), common.FAIL), gone, open_)

    def stages(name, limits):
        proven = {"c": "c_lo", "k": "k_lo"}
        over, within = never, ~never
        for window, most in limits.items():
            over = over | (x[proven.get(window, window)] > most).to_numpy()
            within = within & (x[window] <= most).to_numpy()
        unknown = (~within, common.UNDETERMINED)
        return rule(who[name], (over, common.FAIL), gone, unknown, open_)

    def steps(name, most):
        n = x["n"].to_numpy()
        bad = (x["has3"] | x["has4"] | x["has5"]).to_numpy() | (n > most)
        none = (n == 0, common.UNDETERMINED)
        return rule(who[name], (bad, common.FAIL), none, open_, gone)

    def cost(population):
        paid = x["user_cost_yuan"]
        unknown = (paid.isna().to_numpy(), common.UNDETERMINED)
        return rule(
            population, ((paid > 0).to_numpy(), common.FAIL), open_, gone, unknown
        )

    def said(name, column):
        yes, no = flag(column)
        unknown = (~yes & ~no, common.UNDETERMINED)
        return rule(who[name], (no, common.FAIL), open_, gone, unknown)

    def papers(name):
        return rule(who[name], open_, gone, (~never, common.UNDETERMINED))

    def small(most, area=None):
        size = x["capacity_kw"]
        outside = (kind == "resident") | not_firm | (size > most).to_numpy()
        unknown = (~firm & ~not_firm) | size.isna().to_numpy()
        if area:
            no_area = x["area"].isna().to_numpy()
            outside = outside | (~no_area & (x["area"] != area).to_numpy())
            unknown = unknown | no_area
        return outside, unknown

    stage = {name: limits for name, (_, limits) in common.STAGES.items()}
    return {
        "ind03": stages("other", stage["ind03"]), "ind04": stages("one", stage["ind04"]),
        "ind05": stages("two", stage["ind05"]), "ind06": whole("resident", 5),
        "ind07": whole("zero", 25), "ind08": steps("resident", 2),
        "ind09": steps("zero", 2), "ind10": steps("other", 3),
        "ind13": papers("lv"), "ind14": papers("hv"),
        "ind15": said("hv", "nearest_connection"), "ind16": cost(who["resident"]),
        "ind22": whole("zero", 20), "ind23": cost(small(160, "urban")),
        "ind24": cost(small(100, "rural")), "ind34": whole("zero", 15),
        "ind35": cost(small(160)), "ind36": said("all", "policy_notified"),
        "task38": cost(who["zero"]),
    }  # fmt: skip
