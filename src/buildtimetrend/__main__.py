from buildtimetrend.cli import main

main()
