"""`Money` and `Exact`: exact, refusing what is not, splitting without loss."""

import unittest
from decimal import Decimal
from fractions import Fraction

import guest_support as support
from runbook import Exact, Money, NumberProblem
from runbook._numbers import MODES


def fraction(value):
    return Fraction(str(value.amount))


class ExactnessTests(unittest.TestCase):
    def test_arithmetic_is_exact(self):
        """Random chains of + - * neg abs equal the same chain in fractions, whatever Python's context says."""
        generator = support.seeded(self)
        for _ in range(300):
            money, true = Money("0.00", "GBP"), Fraction(0)
            for _ in range(generator.randrange(1, 12)):
                text = f"{generator.randrange(-10**12, 10**12)}.{generator.randrange(100):02d}"
                kind = generator.randrange(5)
                if kind == 0:
                    money, true = money + Money(text, "GBP"), true + Fraction(text)
                elif kind == 1:
                    money, true = money - Money(text, "GBP"), true - Fraction(text)
                elif kind == 2:
                    rate = f"0.{generator.randrange(10**6):06d}"
                    money, true = money * Exact(rate), true * Fraction(rate)
                elif kind == 3:
                    money, true = -money, -true
                else:
                    money, true = abs(money), abs(true)
            self.assertEqual(fraction(money), true)

    def test_division_rounds_once(self):
        """Every mode gives what the exact quotient in fractions says."""
        generator = support.seeded(self)
        for _ in range(500):
            a, b = generator.randrange(-10**9, 10**9), generator.choice([1, -1]) * generator.randrange(1, 10**6)
            scale, mode = generator.randrange(6), generator.choice(MODES)
            got = fraction(Money(a, "GBP").divide(b, scale, mode)) * 10**scale
            true = Fraction(a, b) * 10**scale
            self.assertEqual(got, rounded(true, mode), (a, b, scale, mode))

    def test_half_up(self):
        """Halves go away from zero unless the mode says otherwise."""
        self.assertEqual(str(Money("0.125", "GBP").round()), "0.13")
        self.assertEqual(str(Money("-0.125", "GBP").round()), "-0.13")
        self.assertEqual(str(Money("0.125", "GBP").round(mode="half-even")), "0.12")
        self.assertEqual(str(Money(1, "GBP").divide(3)), "0.33")
        self.assertEqual(str(Money("-0.001", "GBP").round()), "0.00")

    def test_allocation_loses_nothing(self):
        """Parts of a split are whole pence, add up to the whole, and lie within a penny of their share."""
        generator = support.seeded(self)
        for _ in range(300):
            units = generator.randrange(-10**8, 10**8)
            weights = [generator.randrange(0, 1000) for _ in range(generator.randrange(1, 40))] + [1]
            parts = Money(Decimal(units).scaleb(-2), "GBP").allocate([Exact(one) for one in weights])
            self.assertEqual(sum(part.minor_units for part in parts), units)
            for part, weight in zip(parts, weights):
                self.assertLess(abs(part.minor_units - Fraction(units * weight, sum(weights))), 1)

    def test_allocation_by_hand(self):
        """Of equal remainders the first gets the penny; money and fractions are weights too."""
        self.assertEqual([str(one) for one in Money("10.00", "GBP").allocate([1, 1, 1])], ["3.34", "3.33", "3.33"])
        self.assertEqual([str(one) for one in Money("-0.01", "GBP").allocate([1, 1])], ["-0.01", "0.00"])
        self.assertEqual([str(one) for one in Money(100, "JPY").allocate([Exact("0.5"), Exact("0.25")])], ["67", "33"])
        weights = [Money("2.50", "EUR"), Money("7.50", "EUR")]
        self.assertEqual([str(one) for one in Money("1.00", "GBP").allocate(weights)], ["0.25", "0.75"])
        for bad in ([], [0, 0], [1, -1], [0.5]):
            with self.assertRaises(NumberProblem):
                Money("1.00", "GBP").allocate(bad)

    def test_many_digits(self):
        """Forty-digit amounts add exactly, and a result that no longer fits is refused instead of rounded."""
        large = Money("1234567890123456789012345678901234567890.12", "GBP")
        self.assertEqual(str(large + Money("0.01", "GBP")), "1234567890123456789012345678901234567890.13")
        value = Exact("9" * 99)
        with self.assertRaises(NumberProblem):
            for _ in range(6):
                value = value * value


def rounded(value, mode):
    """A fraction to a whole number, written differently from the SDK."""
    down = value.numerator // value.denominator
    rest = value - down
    if mode == "floor" or rest == 0:
        return down
    if mode == "ceiling":
        return down + 1
    if mode in ("up", "down"):
        return down + 1 if (value > 0) == (mode == "up") else down
    if rest != Fraction(1, 2):
        return down + (rest > Fraction(1, 2))
    if mode == "half-even":
        return down + down % 2
    return down + 1 if (value > 0) == (mode == "half-up") else down


class RefusalTests(unittest.TestCase):
    def test_floats(self):
        """A float is refused wherever a number is taken."""
        money, exact = Money("1.00", "GBP"), Exact("1")
        attempts = [
            lambda: Money(1.0, "GBP"), lambda: Exact(0.2), lambda: money * 0.2, lambda: 0.2 * money,
            lambda: money + 0.2, lambda: money == 1.0, lambda: money < 2.0, lambda: exact + 0.1, lambda: 0.1 - exact,
            lambda: exact == 1.0, lambda: money.divide(2.0), lambda: float(money), lambda: money.allocate([1.0]),
        ]
        for attempt in attempts:
            with self.assertRaises(NumberProblem):
                attempt()

    def test_currencies(self):
        """Two currencies never meet: not in sums, comparisons, totals or ratios."""
        pounds, euros = Money("1.00", "GBP"), Money("1.00", "EUR")
        attempts = [
            lambda: pounds + euros, lambda: pounds - euros, lambda: pounds == euros, lambda: pounds < euros,
            lambda: min(pounds, euros), lambda: Money.total([pounds, euros], "GBP"), lambda: pounds.divide(euros, 2),
            lambda: Money.max(pounds, euros), lambda: pounds * euros, lambda: pounds + 1, lambda: pounds == 5,
        ]
        for attempt in attempts:
            with self.assertRaises(NumberProblem):
                attempt()
        self.assertEqual(len({pounds, euros, Money("1.0", "GBP")}), 2)

    def test_division_and_rounding_say_how(self):
        """The operators that would choose a scale on their own are refused with the way to write it."""
        money, exact = Money("1.00", "GBP"), Exact("1")
        for attempt in (lambda: money / 2, lambda: exact / 2, lambda: 2 / exact, lambda: money // 2, lambda: money % 2,
                        lambda: round(money, 1), lambda: round(exact), lambda: money.divide(0), lambda: money.divide(money),
                        lambda: money.round(2, "bankers"), lambda: money.round(-1), lambda: exact.divide(3, 99)):
            with self.assertRaises(NumberProblem):
                attempt()

    def test_malformed(self):
        """Text that is not a plain decimal, and currencies that are none, are refused."""
        for text in ("", "1e5", "1,000.00", "NaN", "Infinity", "--1", "1.", ".5", "٣", "1_000", "0x10", " ", "1" * 101):
            with self.assertRaises(NumberProblem, msg=text):
                Exact(text)
        for bad in (Decimal("NaN"), Decimal("1e1000"), True, None, 10**200):
            with self.assertRaises(NumberProblem):
                Exact(bad)
        for currency in ("gbp", "GB", "", None, "GBPX", "£££"):
            with self.assertRaises(NumberProblem):
                Money("1.00", currency)

    def test_unchangeable(self):
        """Numbers cannot be changed, and copies are the same number."""
        import copy
        import pickle

        money = Money("1.00", "GBP")
        with self.assertRaises(AttributeError):
            money._amount = Decimal(2)
        self.assertIs(copy.deepcopy(money), money)
        with self.assertRaises(NumberProblem):
            pickle.dumps(money)


class FormTests(unittest.TestCase):
    def test_text(self):
        """Money prints with its currency's decimals, or those it was rounded to; never with an exponent."""
        self.assertEqual(str(Money("5", "GBP")), "5.00")
        self.assertEqual(str(Money("5", "JPY")), "5")
        self.assertEqual(str(Money("5", "KWD")), "5.000")
        self.assertEqual(str(Money("100.00", "GBP") * Exact("0.2500")), "25.00")
        self.assertEqual(str(Money("0.10", "GBP") * Exact("0.01")), "0.001")
        self.assertEqual(str(Money("1034.00", "GBP").divide(1000, scale=4)), "1.0340")
        self.assertEqual(str(Exact("0.20")), "0.20")
        self.assertEqual(str(Exact(Decimal("1e5"))), "100000")
        self.assertEqual(str(-Money("0.00", "GBP")), "0.00")
        self.assertEqual(f"{Money('-1234567.895', 'GBP'):,.2f}", "-1,234,567.90")
        self.assertEqual(f"{Money('0.125', 'GBP'):>8.2f}", "    0.13")

    def test_comparisons_and_sums(self):
        """Values compare by value, with the plain number 0 too; sum, min and max work; an empty total is zero."""
        money = Money("1.50", "GBP")
        self.assertTrue(money == Money("1.5", "GBP") and money > 0 and not money == 0 and money != 0 and bool(money))
        self.assertFalse(money.zero)
        self.assertEqual(sum([money, money]), Money("3.00", "GBP"))
        self.assertEqual(max([money, money.zero]), money)
        self.assertEqual(Money.total([], "GBP"), 0)
        self.assertEqual(Exact.total([]), 0)
        self.assertEqual(Money.min(money, money.zero), 0)
        self.assertEqual(3 * money, money * 3)
        self.assertEqual(Exact(7) - 2, 5)
        self.assertEqual(10 - Exact(7), 3)
        self.assertEqual(list(range(3))[Exact(2)], 2)
        self.assertIsNone(Money("1.505", "GBP").minor_units)
        self.assertEqual(money.divide(Money("3.00", "GBP"), scale=4), Exact("0.5"))


if __name__ == "__main__":
    unittest.main()
