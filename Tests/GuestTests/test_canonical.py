"""Canonical JSON after RFC 8785, with its published vectors."""

import struct
import unittest

import guest_support as support  # noqa: F401
from runbook import _canonical


def double(bits):
    return struct.unpack(">d", bytes.fromhex(bits))[0]


class CanonicalTests(unittest.TestCase):
    def test_published_numbers(self):
        """The numbers of RFC 8785, appendix B, are printed as ECMAScript prints them."""
        vectors = {
            "0000000000000000": "0", "8000000000000000": "0", "0000000000000001": "5e-324",
            "8000000000000001": "-5e-324", "7fefffffffffffff": "1.7976931348623157e+308",
            "ffefffffffffffff": "-1.7976931348623157e+308", "4340000000000000": "9007199254740992",
            "c340000000000000": "-9007199254740992", "4430000000000000": "295147905179352830000",
            "44b52d02c7e14af5": "9.999999999999997e+22", "44b52d02c7e14af6": "1e+23",
            "44b52d02c7e14af7": "1.0000000000000001e+23", "444b1ae4d6e2ef4e": "999999999999999700000",
            "444b1ae4d6e2ef4f": "999999999999999900000", "444b1ae4d6e2ef50": "1e+21",
            "3eb0c6f7a0b5ed8c": "9.999999999999997e-7", "3eb0c6f7a0b5ed8d": "0.000001",
            "41b3de4355555553": "333333333.3333332", "41b3de4355555554": "333333333.33333325",
            "41b3de4355555555": "333333333.3333333", "41b3de4355555556": "333333333.3333334",
            "41b3de4355555557": "333333333.33333343", "becbf647612f3696": "-0.0000033333333333333333",
            "43143ff3c1cb0959": "1424953923781206.2",
        }
        for bits, text in vectors.items():
            self.assertEqual(_canonical.number(double(bits)), text, bits)

    def test_published_structure(self):
        """The example of RFC 8785, section 3.2, comes out byte for byte."""
        value = {
            "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f", "literals": [None, True, False],
        }
        expected = (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}')
        self.assertEqual(_canonical.encode(value).decode(), expected)

    def test_published_key_order(self):
        """Keys are sorted by UTF-16 unit: the published weird keys, where an emoji stands before U+FB33."""
        keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
        expected = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
        self.assertEqual(sorted(keys, key=_canonical.utf16_order), expected)
        encoded = _canonical.encode_plain({key: 1 for key in keys})
        self.assertEqual(encoded, _canonical.encode({key: 1 for key in expected}))
        self.assertLess(encoded.index("\U0001f600".encode()), encoded.index("\ufb33".encode()))

    def test_both_encoders_agree(self):
        """The fast encoder gives the bytes of the careful one for what the SDK sends."""
        generator = support.seeded(self)

        def value(depth):
            kind = generator.randrange(6 if depth else 4)
            if kind == 0:
                return generator.randrange(-(2**53) + 1, 2**53)
            if kind == 1:
                return generator.choice([None, True, False])
            if kind in (2, 3):
                return "".join(generator.choice("aZ\"\\/\n\t\x00\x1f\x7fé€\ufb33\U0001f600") for _ in range(generator.randrange(5)))
            if kind == 4:
                return [value(depth - 1) for _ in range(generator.randrange(4))]
            return {f"{value(0)}": value(depth - 1) for _ in range(generator.randrange(4))}

        for _ in range(500):
            one = {"x": value(4)}
            self.assertEqual(_canonical.encode_plain(one), _canonical.encode(one))

    def test_refusals(self):
        """What JSON cannot hold exactly is refused: NaN, infinity, large integers, lone surrogates, other types."""
        for bad in (float("nan"), float("inf"), 2**53, -(2**53), "\ud800", {1: 2}, {"a": object()}, b"x"):
            with self.assertRaises(ValueError):
                _canonical.encode({"value": bad})


if __name__ == "__main__":
    unittest.main()
