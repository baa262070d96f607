"""Who and what the fictional fund is: three SPVs, their properties, loans and unitholders."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal as D


@dataclass(frozen=True)
class Property:
    code: str
    name: str
    #: Fair value at the end of February, March and April, lease incentives included.
    values: tuple


@dataclass(frozen=True)
class Loan:
    facility: str
    kind: str
    lender: str
    #: (from, amount) in force from that day.
    principal: tuple
    day_count: str
    base: str
    base_rates: tuple
    margin: D
    paid_to: dt.date
    payment_dates: tuple


@dataclass(frozen=True)
class Spv:
    name: str
    code: str
    title: str
    currency: str
    account: str
    bank: str
    vat_name: str
    vat_rate: D
    tax_office: str
    #: Months that close a VAT return.
    vat_months: tuple
    tax_rate: D
    quarter_days: str
    properties: tuple
    #: How many tenancies, the lowest and highest annual rent.
    tenancies: int
    quarterly: int
    rents: tuple
    loans: tuple
    investors: tuple
    units: tuple
    #: (period, day, units for each thousand held, price)
    call: tuple
    #: (period, declared, paid, total)
    distribution: tuple
    opening_cash: D
    valuer: str


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


SPVS = (
    Spv(
        name="alder-uk", code="UK", title="Alder UK Properties Limited", currency="GBP",
        account="GB33BUKB20201555555555", bank="BUKBGB22", vat_name="VAT", vat_rate=D("0.20"), tax_office="HMRC",
        vat_months=(2, 5, 8, 11), tax_rate=D("0.25"), quarter_days="english",
        properties=(
            Property("LDS", "Calverley House, Leeds", (D("21400000.00"), D("21550000.00"), D("21550000.00"))),
            Property("BRS", "Quayside Court, Bristol", (D("17850000.00"), D("17700000.00"), D("17725000.00"))),
            Property("MAN", "Tib Street Yard, Manchester", (D("13250000.00"), D("13600000.00"), D("13600000.00"))),
        ),
        tenancies=46, quarterly=20, rents=(28, 140),
        loans=(
            Loan("UK-SENIOR", "bank loan", "Northgate Bank plc", ((day("2024-01-20"), D("24500000.00")), (day("2026-04-20"), D("24375000.00"))),
                 "ACT/365F", "SONIA compounded", ((day("2026-01-20"), D("0.0397")), (day("2026-04-20"), D("0.0384"))), D("0.0215"),
                 day("2026-01-20"), (day("2026-04-20"), day("2026-07-20"), day("2026-10-20"))),
            Loan("UK-SHL", "shareholder loan", "Alder Holdings S.à r.l.", ((day("2023-06-30"), D("8000000.00")),),
                 "ACT/365F", "fixed", ((day("2023-06-30"), D("0.0650")),), D("0"),
                 day("2025-12-31"), (day("2026-03-31"), day("2026-06-30"), day("2026-09-30"))),
        ),
        investors=(("U01", "Wharfedale Pension Fund"), ("U02", "Tyne Local Authorities Scheme"), ("U03", "Alder Feeder LP"),
                   ("U04", "Mercers Endowment"), ("U05", "St Botolph Foundation"), ("U06", "Ridgeway Life Assurance"), ("U07", "Penrose Family Office")),
        units=(6200000, 5100000, 4300000, 1400000, 650000, 2100000, 350000),
        call=("2026-03", 9, 25, D("1.0640")), distribution=("2026-04", 14, 23, D("612500.00")),
        opening_cash=D("2841906.37"), valuer="Harrow & Pryce LLP",
    ),
    Spv(
        name="alder-jersey", code="JE", title="Alder Jersey Properties Limited", currency="GBP",
        account="GB94BARC10201530093459", bank="BARCJESH", vat_name="GST", vat_rate=D("0.05"), tax_office="Revenue Jersey",
        vat_months=(3, 6, 9, 12), tax_rate=D("0.20"), quarter_days="english",
        properties=(
            Property("ESP", "Esplanade Exchange, St Helier", (D("19800000.00"), D("19950000.00"), D("19900000.00"))),
            Property("LIB", "Liberation Wharf, St Helier", (D("11200000.00"), D("11175000.00"), D("11250000.00"))),
        ),
        tenancies=38, quarterly=14, rents=(24, 96),
        loans=(
            Loan("JE-SENIOR", "bank loan", "Channel Commercial Bank", ((day("2024-09-25"), D("14200000.00")),),
                 "ACT/365F", "SONIA compounded", ((day("2025-12-25"), D("0.0401")), (day("2026-03-25"), D("0.0389"))), D("0.0240"),
                 day("2025-12-25"), (day("2026-03-25"), day("2026-06-25"), day("2026-09-25"))),
            Loan("JE-SHL", "shareholder loan", "Alder Holdings S.à r.l.", ((day("2024-09-25"), D("5500000.00")),),
                 "ACT/365F", "fixed", ((day("2024-09-25"), D("0.0675")),), D("0"),
                 day("2025-12-31"), (day("2026-06-30"), day("2026-12-31"))),
        ),
        investors=(("U01", "Alder Feeder LP"), ("U02", "Corbière Trustees Limited"), ("U03", "Wharfedale Pension Fund"),
                   ("U04", "Grouville Charitable Trust"), ("U05", "Saltmarsh Reinsurance")),
        units=(4800000, 1900000, 2600000, 420000, 780000),
        call=("2026-04", 8, 20, D("1.1125")), distribution=("2026-03", 11, 20, D("287400.05")),
        opening_cash=D("1596230.84"), valuer="Le Marchand Surveyors",
    ),
    Spv(
        name="alder-lux", code="LU", title="Alder Luxembourg S.à r.l.", currency="EUR",
        account="LU280019400644750000", bank="BCEELULL", vat_name="TVA", vat_rate=D("0.17"), tax_office="Administration de l'enregistrement",
        vat_months=tuple(range(1, 13)), tax_rate=D("0.2387"), quarter_days="calendar",
        properties=(
            Property("KIR", "Centre Kirchberg, Luxembourg", (D("28600000.00"), D("28750000.00"), D("28750000.00"))),
            Property("CLO", "Cloche d'Or 14, Gasperich", (D("16100000.00"), D("15950000.00"), D("15900000.00"))),
            Property("ESC", "Terrasse Esch, Esch-sur-Alzette", (D("9350000.00"), D("9350000.00"), D("9425000.00"))),
        ),
        tenancies=42, quarterly=14, rents=(30, 150),
        loans=(
            Loan("LU-SENIOR", "bank loan", "Banque de l'Alzette S.A.", ((day("2025-03-31"), D("26000000.00")),),
                 "ACT/360", "EURIBOR 3M", ((day("2025-12-31"), D("0.0204")), (day("2026-03-31"), D("0.0198"))), D("0.0185"),
                 day("2025-12-31"), (day("2026-03-31"), day("2026-06-30"), day("2026-09-30"))),
            Loan("LU-SHL", "shareholder loan", "Alder Holdings S.à r.l.", ((day("2025-03-31"), D("9500000.00")), (day("2026-04-01"), D("9000000.00"))),
                 "ACT/360", "fixed", ((day("2025-03-31"), D("0.0700")),), D("0"),
                 day("2025-12-31"), (day("2026-04-01"), day("2026-06-30"), day("2026-12-31"))),
        ),
        investors=(("U01", "Alder Feeder LP"), ("U02", "Caisse de Pension du Nord"), ("U03", "Rheinufer Versorgungswerk"),
                   ("U04", "Fondation Clairefontaine"), ("U05", "Wharfedale Pension Fund"), ("U06", "Ostsee Lebensversicherung AG")),
        units=(7000000, 4400000, 3600000, 500000, 2500000, 1750000),
        call=("2026-04", 7, 22, D("1.0280")), distribution=("2026-03", 16, 24, D("498250.10")),
        opening_cash=D("3120774.59"), valuer="Cabinet Weyrich Expertises",
    ),
)
