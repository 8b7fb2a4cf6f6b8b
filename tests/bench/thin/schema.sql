CREATE TABLE products (
    id text PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    name text NOT NULL,
    description text,
    unit_price bigint NOT NULL,
    currency text NOT NULL,
    tax_percent numeric NOT NULL,
    stock bigint NOT NULL CHECK (stock >= 0)
);
CREATE TABLE orders (
    id text PRIMARY KEY,
    user_id text NOT NULL,
    status text NOT NULL,
    currency text NOT NULL,
    net bigint NOT NULL,
    tax bigint NOT NULL,
    total bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_of_user ON orders (user_id, created_at);
CREATE TABLE order_items (
    order_id text NOT NULL REFERENCES orders,
    position int NOT NULL,
    product_id text NOT NULL REFERENCES products,
    name text NOT NULL,
    quantity int NOT NULL,
    unit_price bigint NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (order_id, position)
);
CREATE TABLE idempotency_keys (
    user_id text NOT NULL,
    key text NOT NULL,
    order_id text NOT NULL,
    PRIMARY KEY (user_id, key)
);
