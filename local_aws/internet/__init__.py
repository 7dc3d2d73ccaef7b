"""What the setup host needs of the internet: nodejs.org's downloads and the npm registry, from files fetched once."""
