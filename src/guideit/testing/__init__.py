"""testing: the example trial and the contract suites, shipped so that others can use them."""
