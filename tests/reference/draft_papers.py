"""What an application cost, which documents were asked for, and its other columns."""

from random import Random

from tests.reference.drafts import COLUMNS_OF_KIND, Draft, Setting, chance

COUNTING = ("外线工程", "电能表", "接户线", "计量箱", "表箱", "变压器", "配电设备")
NOT_COUNTING = ("预付电费", "高可靠性供电费")
UNLISTED = ("现场协调费", "某某服务费")
CAPACITIES = (60, 99, 100, 100, 101, 101, 159, 160, 160, 161, 161, 100.5, 160.5, 315)
ALLOWED = ("有效身份证件", "用电地址物权证件")
HIGH_VOLTAGE_ALLOWED = {
    "accept": (*ALLOWED, "用电工程项目批准文件"),
    "design_review": ("设计单位资质证明材料", "用电工程设计及说明书"),
    "interim_check": ("施工单位资质证明材料", "隐蔽工程施工及试验记录"),
    "completion_check": ("工程竣工报告含竣工图纸",),
}
TOO_MUCH = ("无欠费承诺书", "税务登记证", "银行履约保函")


def write_columns(rng: Random, draft: Draft, setting: Setting) -> None:
    """Write what is known about the user and the application."""
    case = draft.case
    case |= COLUMNS_OF_KIND[draft.kind]
    if draft.kind == "two_sources" and chance(rng, 0.2):
        case["source_count"] = 3
    case["county_code"] = rng.choice(setting.counties)
    case["utility"] = rng.choice([*setting.utilities, *setting.utilities, None])
    case["business_type"] = rng.choice(["new", "new", "new", "increase", "batch", None])
    if chance(rng, 0.03):
        case["business_type"] = rng.choice(
            ["temporary", "community", "change", "other"]
        )
    case["capacity_kw"] = rng.choice(CAPACITIES)
    case["capacity_unit"] = rng.choice(["kW", "kW", "kVA", None])
    case["area"] = rng.choice(["urban", "rural"])
    case["micro_small"] = chance(rng, 0.75)
    for column in ("nearest_connection", "policy_notified"):
        case[column] = rng.choice([True, True, True, False, None])
    for column in ("online", "e_contract", "enterprise"):
        case[column] = rng.choice([True, False, None])
    for column in ("three_zero", "source_count", "area", "micro_small", "capacity_kw"):
        if chance(rng, 0.03):
            case[column] = None


def _fee(rng: Random, draft: Draft, amount: object, **more: object) -> None:
    cells = {"payer": "user", "inside_redline": False, "item": rng.choice(COUNTING)}
    number = len(draft.lines["fees"]) + 1
    draft.add("fees", amount_yuan=amount, receipt_id=f"R{number}", **{**cells, **more})


def _harmless_fee(rng: Random, draft: Draft) -> None:
    more = rng.choice(
        [
            {"payer": "utility"},
            {"payer": "government", "inside_redline": None},
            {"inside_redline": True},
            {"inside_redline": True, "payer": None},
            {"item": rng.choice(NOT_COUNTING)},
        ]
    )
    _fee(rng, draft, rng.choice([260, 45.5, None, -30]), **more)


def _netted(rng: Random, draft: Draft, total: object) -> None:
    """Write rows whose sum is a total, some of them refunds and cents."""
    way = rng.randint(0, 3)
    if way == 0:
        _fee(rng, draft, total, item=rng.choice([*COUNTING, *UNLISTED, None]))
    elif way == 1:
        _fee(rng, draft, 450)
        _fee(rng, draft, f"-{450 - total}" if total else -450)
    elif way == 2:
        for amount in ("0.1", "0.2", "-0.3"):
            _fee(rng, draft, amount)
        _fee(rng, draft, total)
    else:
        _fee(rng, draft, total)
        _harmless_fee(rng, draft)


def _doubtful(rng: Random, draft: Draft) -> None:
    """Write rows of which nobody can say whether they count."""
    gap = rng.choice([{"payer": None}, {"inside_redline": None}])
    amount = rng.choice([35, 35, -35, None])
    if amount is None:
        gap = rng.choice([{}, gap])
    _fee(rng, draft, amount, **gap)
    if chance(rng, 0.7):
        _fee(rng, draft, rng.choice([0, 20, 35, 50, 100, -20, -60]))


def write_cost(rng: Random, draft: Draft) -> None:
    """Write the declared cost, the fee rows, or both."""
    way = rng.random()
    declared = rng.choice([0, 0, 0, 0, 1, "0.01", 900, None])
    if way < 0.5:
        draft.case["user_cost_yuan"] = declared
        return
    if chance(rng, 0.5):
        draft.case["user_cost_yuan"] = rng.choice([0, 0, None, 520])
    if way < 0.8:
        _netted(rng, draft, rng.choice([0, 0, 0, 1, 1, 35]))
    elif way < 0.85:
        _harmless_fee(rng, draft)
    elif way < 0.88:
        _fee(rng, draft, rng.choice([-50, -5]))
    else:
        _doubtful(rng, draft)


def write_documents(rng: Random, draft: Draft) -> None:
    """Write the documents that were asked for."""
    high = draft.kind in {"one_source", "two_sources"}
    allowed = HIGH_VOLTAGE_ALLOWED if high else {"accept": ALLOWED}
    for step, names in allowed.items():
        if chance(rng, 0.9 if step == "accept" else 0.4):
            for name in rng.sample(names, rng.randint(1, len(names))):
                draft.add("materials", step=step, document=name)
    if chance(rng, 0.15):
        step = rng.choice(list(allowed))
        name = rng.choice([*TOO_MUCH, "用电工程项目批准文件"])
        draft.add("materials", step=step, document=name)
