-- A budget for two accounts and one of the two months: the statements also work without one.
CREATE TABLE budget (
    entity  TEXT NOT NULL,
    period  TEXT NOT NULL,
    account TEXT NOT NULL,
    amount  TEXT NOT NULL,
    PRIMARY KEY (entity, period, account)
);
INSERT INTO budget (entity, period, account, amount) VALUES
    ('example-spv', '2026-03', '4000', '52000.00'),
    ('example-spv', '2026-03', '5000', '-19500.00');
